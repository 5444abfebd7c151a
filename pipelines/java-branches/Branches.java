import java.io.FileInputStream;
import java.time.Duration;
import java.util.ArrayList;
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
 * Three stages in one process, each a consumer and a transactional producer in a thread of its own. `fees` and `ids` read the
 * payments, `ledger` reads what both write. Exactly once by Kafka's own transactions (KIP-447). Arguments: a version's
 * properties file, then name=value settings on top of it.
 */
public final class Branches {
  private static final Pattern PAYMENT =
      Pattern.compile(
          "\\{\"id\":\"([^\"]+)\",\"account\":\"[^\"]+\",\"merchant\":\"([^\"]+)\""
              + ",\"amount\":(\\d{1,12}),\"at\":\\d{1,15}\\}");
  private static final Pattern NAMED = Pattern.compile("\\{\"payment\":\"([^\"]+)\".*\\}");
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration CLOSE = Duration.ofSeconds(2);
  private static final long PAUSE_MS = 200;

  private interface Transform {
    /** Null: nothing to write. */
    ProducerRecord<String, String> of(ConsumerRecord<String, String> record);
  }

  private record Stage(String name, String group, List<String> sources, Transform transform) {}

  private final Properties settings;
  private final boolean writesNet;
  private final String mutant;
  private final List<Stage> stages =
      List.of(
          new Stage("fees", "branches-app", List.of("payments"), this::feeOf),
          new Stage("ids", "branches-ids", List.of("payments"), Branches::idOf),
          new Stage("ledger", "branches-app", List.of("fees", "ids"), Branches::entryOf));
  private final CountDownLatch ended = new CountDownLatch(stages.size());
  private volatile boolean stopping;

  private Branches(Properties settings) {
    this.settings = settings;
    this.writesNet = Boolean.parseBoolean(settings.getProperty("writes.net"));
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
    Branches branches = new Branches(settings);
    Runtime.getRuntime().addShutdownHook(new Thread(branches::stop, "stop"));
    List<Thread> threads = new ArrayList<>();
    for (Stage stage : branches.stages) threads.add(new Thread(() -> branches.run(stage), stage.name()));
    for (Thread thread : threads) thread.start();
    for (Thread thread : threads) thread.join();
  }

  /** SIGTERM: the transactions in hand are finished, the groups are left, then the process ends. */
  private void stop() {
    stopping = true;
    try {
      ended.await();
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }

  /** What goes wrong ends one life; the next one fences what it left open and goes on from the committed offsets. */
  private void run(Stage stage) {
    try {
      while (!stopping) {
        try {
          live(stage);
        } catch (KafkaException failure) {
          System.out.println(stage.name() + " begins again after " + failure);
          Thread.sleep(PAUSE_MS);
        }
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    } finally {
      ended.countDown();
    }
  }

  private void live(Stage stage) {
    KafkaProducer<String, String> writer = new KafkaProducer<>(producerSettings(stage));
    KafkaConsumer<String, String> reader = new KafkaConsumer<>(consumerSettings(stage));
    try {
      writer.initTransactions();
      reader.subscribe(stage.sources());
      while (!stopping) {
        ConsumerRecords<String, String> batch = reader.poll(POLL);
        if (batch.isEmpty()) continue;
        writer.beginTransaction();
        for (ConsumerRecord<String, String> record : batch) {
          ProducerRecord<String, String> output = stage.transform().of(record);
          if (output != null) writer.send(output);
        }
        writer.sendOffsetsToTransaction(nextOf(batch), reader.groupMetadata());
        writer.commitTransaction();
      }
    } finally {
      writer.close(CLOSE);
      reader.close(CLOSE);
    }
  }

  private Map<TopicPartition, OffsetAndMetadata> nextOf(ConsumerRecords<String, String> batch) {
    Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
    for (ConsumerRecord<String, String> record : batch)
      next.put(
          new TopicPartition(record.topic(), record.partition()),
          new OffsetAndMetadata(record.offset() + 1));
    // Planted bug: where a batch is of two topics, the offsets of one stand for both.
    if (mutant.equals("commit-one-of-two-sources") && next.keySet().stream().anyMatch(of -> of.topic().equals("fees")))
      next.keySet().removeIf(of -> of.topic().equals("ids"));
    return next;
  }

  /** The fee of a payment, keyed by merchant. */
  private ProducerRecord<String, String> feeOf(ConsumerRecord<String, String> record) {
    Matcher payment = PAYMENT.matcher(record.value() == null ? "" : record.value());
    if (!payment.matches()) return null;
    long amount = Long.parseLong(payment.group(3));
    long fee = 25 + amount * 29 / 1000;
    String net = writesNet ? ",\"net\":" + (amount - fee) : "";
    return new ProducerRecord<>(
        "fees", payment.group(2), "{\"payment\":\"" + payment.group(1) + "\",\"fee\":" + fee + net + "}");
  }

  /** The id of a payment, keyed by merchant. */
  private static ProducerRecord<String, String> idOf(ConsumerRecord<String, String> record) {
    Matcher payment = PAYMENT.matcher(record.value() == null ? "" : record.value());
    if (!payment.matches()) return null;
    return new ProducerRecord<>("ids", payment.group(2), "{\"payment\":\"" + payment.group(1) + "\"}");
  }

  /** Which payment a branch has handled, and which branch it was. */
  private static ProducerRecord<String, String> entryOf(ConsumerRecord<String, String> record) {
    Matcher named = NAMED.matcher(record.value());
    if (!named.matches()) return null;
    String entry = "{\"from\":\"" + record.topic() + "\",\"payment\":\"" + named.group(1) + "\"}";
    return new ProducerRecord<>("ledger", record.key(), entry);
  }

  private Properties producerSettings(Stage stage) {
    Properties producer = clientSettings();
    producer.put("transactional.id", "java-branches-" + stage.name() + "-" + need("member"));
    producer.put("transaction.timeout.ms", need("transaction.timeout.ms"));
    producer.put("request.timeout.ms", need("request.timeout.ms"));
    producer.put("delivery.timeout.ms", need("transaction.timeout.ms"));
    producer.put("max.block.ms", need("transaction.timeout.ms"));
    producer.put("key.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    producer.put("value.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    return producer;
  }

  private Properties consumerSettings(Stage stage) {
    Properties consumer = clientSettings();
    consumer.put("group.id", stage.group());
    // Ranges keep partition p of `fees` and `ids`, which have equally many, at one owner.
    consumer.put("partition.assignment.strategy", "org.apache.kafka.clients.consumer.RangeAssignor");
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
