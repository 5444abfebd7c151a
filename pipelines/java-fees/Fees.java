import java.io.FileInputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * The fee of every payment: consume, transform, produce. Exactly once by Kafka's own transactions (KIP-447), or, with
 * transactions=false, at least once: outputs are written and flushed, then the group commits its offsets. It knows
 * nothing of the harness that runs it. Arguments: a version's properties file, then name=value settings on top of it.
 */
public final class Fees {
  private static final Pattern PAYMENT =
      Pattern.compile(
          "\\{\"id\":\"([^\"]+)\",\"account\":\"[^\"]+\",\"merchant\":\"([^\"]+)\""
              + ",\"amount\":(\\d{1,12}),\"at\":\\d{1,15}\\}");
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration CLOSE = Duration.ofSeconds(2);
  private static final long PAUSE_MS = 200;
  /** How long the planted bugs leave between a commit and the outputs that it stands for. */
  private static final long GAP_MS = 300;

  private final Properties settings;
  private final boolean writesNet;
  private final boolean transactions;
  private final String mutant;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean stopping;
  private volatile Exception failed;

  private Fees(Properties settings) {
    this.settings = settings;
    this.writesNet = Boolean.parseBoolean(settings.getProperty("writes.net"));
    this.transactions = Boolean.parseBoolean(settings.getProperty("transactions"));
    this.mutant = settings.getProperty("mutant", "");
  }

  public static void main(String[] args) throws Exception {
    Properties settings = new Properties();
    try (FileInputStream version = new FileInputStream(args[0])) {
      settings.load(version);
    }
    for (int i = 1; i < args.length; i++) {
      int equals = args[i].indexOf('=');
      settings.setProperty(args[i].substring(0, equals), args[i].substring(equals + 1));
    }
    Fees fees = new Fees(settings);
    Runtime.getRuntime().addShutdownHook(new Thread(fees::stop, "stop"));
    fees.run();
  }

  /** SIGTERM: the transaction in hand is finished, the group is left, then the process ends. */
  private void stop() {
    stopping = true;
    try {
      ended.await();
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }

  /** What goes wrong ends one life; the next one fences what it left open and goes on from the committed offsets. */
  private void run() throws InterruptedException {
    try {
      while (!stopping) {
        try {
          live();
        } catch (KafkaException failure) {
          System.out.println("begins again after " + failure);
          Thread.sleep(PAUSE_MS);
        }
      }
    } finally {
      ended.countDown();
    }
  }

  private void live() throws InterruptedException {
    failed = null;
    KafkaProducer<String, String> writer = new KafkaProducer<>(producerSettings());
    KafkaConsumer<String, String> reader = new KafkaConsumer<>(consumerSettings());
    try {
      if (transactions) writer.initTransactions();
      reader.subscribe(List.of(need("source")));
      while (!stopping) {
        ConsumerRecords<String, String> batch = reader.poll(POLL);
        if (batch.isEmpty()) continue;
        if (transactions) processExactlyOnce(batch, reader, writer);
        else processAtLeastOnce(batch, reader, writer);
      }
    } finally {
      writer.close(CLOSE);
      reader.close(CLOSE);
    }
  }

  /** One batch is one transaction: its outputs and the offsets to read next, together. */
  private void processExactlyOnce(
      ConsumerRecords<String, String> batch,
      KafkaConsumer<String, String> reader,
      KafkaProducer<String, String> writer)
      throws InterruptedException {
    Map<TopicPartition, OffsetAndMetadata> next = nextOf(batch);
    // Planted bugs: a crash behind the first commit loses the batch, one before the last repeats it.
    boolean commitsBefore = mutant.equals("offsets-before-transaction");
    boolean commitsAfter = mutant.equals("offsets-outside-transaction");
    if (commitsBefore) {
      reader.commitSync(next);
      Thread.sleep(GAP_MS);
    }
    writer.beginTransaction();
    for (ConsumerRecord<String, String> record : batch) write(record, writer);
    if (!commitsBefore && !commitsAfter) writer.sendOffsetsToTransaction(next, reader.groupMetadata());
    writer.commitTransaction();
    if (commitsAfter) reader.commitSync(next);
  }

  /** The offsets are committed only when every output of the batch is in the log. */
  private void processAtLeastOnce(
      ConsumerRecords<String, String> batch,
      KafkaConsumer<String, String> reader,
      KafkaProducer<String, String> writer)
      throws InterruptedException {
    Map<TopicPartition, OffsetAndMetadata> next = nextOf(batch);
    if (mutant.equals("commit-on-poll")) { // planted bug: a crash behind this commit loses the batch
      reader.commitSync(next);
      Thread.sleep(GAP_MS);
    }
    for (ConsumerRecord<String, String> record : batch) write(record, writer);
    // Planted bug: what waits in the producer's buffer is taken for written.
    if (!mutant.equals("commit-without-flush")) writer.flush();
    if (failed != null) throw new KafkaException("an output was not written", failed);
    if (!mutant.equals("commit-on-poll")) reader.commitSync(next);
  }

  private static Map<TopicPartition, OffsetAndMetadata> nextOf(ConsumerRecords<String, String> batch) {
    Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
    for (ConsumerRecord<String, String> record : batch)
      next.put(
          new TopicPartition(record.topic(), record.partition()),
          new OffsetAndMetadata(record.offset() + 1));
    return next;
  }

  private void write(ConsumerRecord<String, String> record, KafkaProducer<String, String> writer) {
    ProducerRecord<String, String> fee = feeOf(record.value());
    if (fee == null) return;
    writer.send(fee, (written, failure) -> failed = failure == null ? failed : failure);
  }

  /** The fee of a payment, keyed by merchant; null for what is no payment. */
  private ProducerRecord<String, String> feeOf(String value) {
    Matcher payment = PAYMENT.matcher(value == null ? "" : value);
    if (!payment.matches()) return null;
    long amount = Long.parseLong(payment.group(3));
    long fee = 25 + amount * 29 / 1000;
    String net = writesNet ? ",\"net\":" + (amount - fee) : "";
    return new ProducerRecord<>(
        need("sink"), payment.group(2), "{\"payment\":\"" + payment.group(1) + "\",\"fee\":" + fee + net + "}");
  }

  private Properties producerSettings() {
    Properties producer = clientSettings();
    if (transactions) {
      producer.put("transactional.id", "java-fees-" + need("member"));
      producer.put("transaction.timeout.ms", need("transaction.timeout.ms"));
    }
    if (mutant.equals("commit-without-flush")) producer.put("linger.ms", GAP_MS);
    producer.put("request.timeout.ms", need("request.timeout.ms"));
    producer.put("delivery.timeout.ms", need("transaction.timeout.ms"));
    producer.put("max.block.ms", need("transaction.timeout.ms"));
    producer.put("key.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    producer.put("value.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    return producer;
  }

  private Properties consumerSettings() {
    Properties consumer = clientSettings();
    consumer.put("group.id", need("group"));
    consumer.put("isolation.level", "read_committed");
    consumer.put("enable.auto.commit", "false");
    consumer.put("auto.offset.reset", "earliest");
    consumer.put("max.poll.records", "300");
    consumer.put("session.timeout.ms", need("session.timeout.ms"));
    consumer.put("heartbeat.interval.ms", need("heartbeat.interval.ms"));
    consumer.put("max.poll.interval.ms", need("max.poll.interval.ms"));
    consumer.put("request.timeout.ms", need("request.timeout.ms"));
    consumer.put("default.api.timeout.ms", need("transaction.timeout.ms"));
    consumer.put("key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
    consumer.put("value.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
    return consumer;
  }

  private Properties clientSettings() {
    Properties client = new Properties();
    client.put("bootstrap.servers", need("bootstrap"));
    client.put("client.id", need("member"));
    client.put("reconnect.backoff.max.ms", "500");
    client.put("retry.backoff.ms", "20");
    client.put("retry.backoff.max.ms", "200");
    return client;
  }

  private String need(String name) {
    String value = settings.getProperty(name);
    if (value == null) throw new IllegalStateException("The setting " + name + " is missing.");
    return value;
  }
}
