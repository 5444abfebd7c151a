/**
 * Programs for `perl -e`, which every Debian has (perl-base is essential); the argument is the disk's folder. Their files have
 * no name (O_TMPFILE with O_DIRECTORY, open(2)), so that whoever has its data there never meets them, nor finds them in a copy.
 */
const openNameless = "my $file; sysopen($file, $ARGV[0], O_RDWR | O_DIRECTORY | 020000000, 0600)";

/** Takes every free byte, and again every 10 ms what has become free. */
export const ballastScript = `
use Fcntl;
${openNameless} or die "$!";
my $block = "\\0" x 1048576;
for (;;) {
  1 while syswrite($file, $block);
  die "$!" unless $!{ENOSPC};
  select(undef, undef, undef, 0.01);
}
`;

/** Says what becomes of writing one byte to a new file: `written`, `ENOSPC`, or the system's words. */
export const oneByteScript = `
use Fcntl;
${openNameless} and my $bytes = syswrite($file, "x");
print $bytes ? "written" : $!{ENOSPC} ? "ENOSPC" : "$!";
`;
