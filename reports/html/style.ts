/** The one style sheet. Colours only underline what signs and words already say. */
export const style = `
:root{color-scheme:light dark;--page:#fff;--text:#1b1f24;--soft:#57606a;--rule:#d8dee4;--panel:#f6f8fa;--link:#0b57d0;
--valid:#1a7f37;--valid-soft:#e3f5e8;--invalid:#b3261e;--invalid-soft:#fdeceb;--unknown:#855400;--unknown-soft:#fff4d6;
--v0:#2f6db5;--v1:#b4530a;--v1-over:#8f3f04;--v2:#6b3fa0;--broker:#7d8794;--fault:#c2372e;--shade:rgba(194,55,46,.09);--series:#2f6db5;--phase:#e7ecf1;--phase-other:#d5dde5;--step:#eccfa8;--step-other:#dfb67f}
@media screen and (prefers-color-scheme:dark){:root{--page:#0f1419;--text:#e6edf3;--soft:#9aa7b4;--rule:#2d353e;--panel:#171d24;--link:#8ab4f8;
--valid:#4cc26b;--valid-soft:#12301c;--invalid:#ff8a80;--invalid-soft:#3a1715;--unknown:#f0b849;--unknown-soft:#33270c;
--v0:#3f7fcb;--v1:#c2620f;--v1-over:#9a4a06;--v2:#8d63c7;--broker:#6d7885;--fault:#ef6a60;--shade:rgba(239,106,96,.13);--series:#6aa7ea;--phase:#26303a;--phase-other:#303c48;--step:#6b5232;--step-other:#85663d}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1180px;margin:0 auto;padding:0 20px 48px}
h2{font-size:18px;margin:32px 0 10px}h3{font-size:16px;margin:0 0 6px}h4{font-size:13px;margin:0 0 4px;color:var(--soft)}
a{color:var(--link)}a:focus-visible,[tabindex]:focus-visible,summary:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-9999px}.skip:focus{left:8px;top:8px;background:var(--page);padding:6px 10px;z-index:1}
code,pre{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace}
pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;background:var(--panel);border:1px solid var(--rule);border-radius:4px;padding:6px 8px}
code{overflow-wrap:anywhere}
.banner{display:flex;gap:24px;align-items:flex-start;padding:22px max(20px,calc((100% - 1140px)/2));border-bottom:4px solid}
.banner>div{min-width:0;flex:1}
.banner h1{font-size:23px;line-height:1.3;margin:2px 0 4px;overflow-wrap:anywhere}
.banner p{margin:4px 0}
.banner .verdict{font-size:26px;font-weight:700;text-transform:uppercase;letter-spacing:.04em;white-space:nowrap;margin:0}
.banner .sign{display:inline-block;width:1.3em;height:1.3em;line-height:1.3em;text-align:center;border-radius:50%;color:var(--page)}
.banner.valid{background:var(--valid-soft);border-color:var(--valid)}.banner.valid .verdict{color:var(--valid)}.banner.valid .sign{background:var(--valid)}
.banner.invalid{background:var(--invalid-soft);border-color:var(--invalid)}.banner.invalid .verdict{color:var(--invalid)}.banner.invalid .sign{background:var(--invalid)}
.banner.unknown{background:var(--unknown-soft);border-color:var(--unknown)}.banner.unknown .verdict{color:var(--unknown)}.banner.unknown .sign{background:var(--unknown)}
.meaning,.question,.facts,.when,.unit,.note,.legend,.more{color:var(--soft)}
.facts span{margin-right:16px}.facts b{color:var(--text)}
.reasons{margin:8px 0;padding-left:20px;font-weight:600}
.command{margin-top:8px;background:var(--page)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(290px,1fr));gap:16px;margin-top:20px}
.card{border:1px solid var(--rule);border-radius:8px;padding:12px 16px;background:var(--panel);min-width:0;overflow-wrap:anywhere}
.card h2{margin:0 0 6px;font-size:15px}.card ul{margin:0;padding-left:18px}.card p{margin:0}.when{white-space:nowrap}
.tag{display:inline-block;white-space:nowrap;font-size:12px;font-weight:600;line-height:1.5;padding:0 7px;border-radius:10px;border:1px solid currentColor;color:var(--soft)}
.tag.valid{color:var(--valid)}.tag.invalid{color:var(--invalid)}.tag.unknown,.tag.idle{color:var(--unknown)}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;width:100%;margin:0 0 8px;font-size:14px}th[scope="col"]{white-space:nowrap}caption{text-align:left;font-weight:600;padding:8px 0 2px}
th,td{text-align:left;vertical-align:top;padding:5px 12px 5px 0;border-bottom:1px solid var(--rule);overflow-wrap:anywhere}
th[scope=row]{font-weight:400}thead th{color:var(--soft);font-size:13px}.number{text-align:right;white-space:nowrap}
#findings td:last-child{white-space:pre-line}
.refs a,.refs code{margin-right:4px}
.evidence h3 .when{font-weight:400;font-size:13px}
.anomaly,.evidence{border:1px solid var(--rule);border-left:4px solid var(--rule);border-radius:6px;padding:12px 16px;margin:0 0 14px}
.anomaly{border-left-color:var(--invalid)}.sentence{font-weight:600;margin:0 0 8px;overflow-wrap:anywhere}
:target{background:var(--unknown-soft);outline:2px solid var(--unknown)}
.versus{display:grid;grid-template-columns:repeat(auto-fit,minmax(260px,1fr));gap:12px}.versus>div{min-width:0}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:4px 16px;margin:10px 0 0}dt{color:var(--soft);max-width:12em;overflow-wrap:anywhere}dd{margin:0;overflow-wrap:anywhere}
.legend{margin:0 0 6px;font-size:13px}.legend span{margin-right:14px;white-space:nowrap}.swatch{width:18px;height:12px;vertical-align:-1px}
details summary{cursor:pointer;color:var(--link);padding:4px 0}
.timeline{display:block;width:100%;min-width:900px;height:auto;font:11px system-ui,"DejaVu Sans",sans-serif}
.timeline text{fill:var(--text)}.timeline .label{font-weight:600;font-size:12px}.timeline .note,.timeline .axis{fill:var(--soft);font-size:10px}
.rule,.tick,.base{stroke:var(--rule);stroke-width:1}.tick{stroke-dasharray:2 4}.zero{stroke:var(--soft);stroke-width:1}
.version text{fill:#fff;font-weight:600}.version.v0 rect{fill:var(--v0)}.version.v1 rect{fill:url(#hatch)}.version.v2 rect{fill:var(--v2)}
.under{fill:var(--v1)}.over{stroke:var(--v1-over);stroke-width:3}
.version text{paint-order:stroke;stroke:rgba(0,0,0,.45);stroke-width:2px}
.phase rect{fill:var(--phase)}.phase.p1 rect{fill:var(--phase-other)}.step rect{fill:var(--step)}.step.s1 rect{fill:var(--step-other)}.step text{font-size:10px}
.broker rect{fill:var(--broker)}.fault rect{fill:var(--fault)}.fault.unfired rect{fill:none;stroke:var(--fault);stroke-dasharray:3 2}
.hit{stroke:var(--fault);stroke-width:3}.shade{fill:var(--shade)}.cross,.timeline .cross{color:var(--fault);fill:var(--fault);font-size:17px;font-weight:700}
.area{fill:var(--series);opacity:.18}.line{fill:none;stroke:var(--series);stroke-width:1.5}
.mark polyline{fill:none;stroke:var(--invalid);stroke-width:1.5;stroke-dasharray:5 3}.mark rect{fill:var(--invalid)}.mark text{fill:var(--page);font-weight:700}.mark:focus-visible rect{stroke:var(--link);stroke-width:3}
@media (max-width:640px){.banner{flex-direction:column;gap:8px}main{padding:0 14px 32px}dl{grid-template-columns:minmax(0,1fr)}dd{margin-bottom:4px}}
@media print{:root{color-scheme:light;--page:#fff;--text:#000;--soft:#444;--panel:#fff;--shade:rgba(194,55,46,.12)}body{font-size:11px}main{max-width:none;padding:0}.banner{padding:10px 0;print-color-adjust:exact}.timeline{min-width:0;print-color-adjust:exact}.scroll{overflow:visible}.anomaly,.evidence,tr,.card{break-inside:avoid}.skip,main details{display:none}h2{break-after:avoid;margin-top:16px;font-size:14px}h3{font-size:12px}table,code,pre,.banner p{font-size:10px}.banner h1{font-size:16px}.banner .verdict{font-size:20px}.cards{grid-template-columns:repeat(3,minmax(0,1fr))}}
`;
