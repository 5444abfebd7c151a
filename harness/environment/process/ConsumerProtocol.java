import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Joins a group by the consumer protocol (KIP-848) and prints how many partitions it is assigned. Arguments: bootstrap, topic. */
class ConsumerProtocol {
  public static void main(String[] arguments) {
    var settings = Map.<String, Object>of(
        "bootstrap.servers", arguments[0], "group.id", "consumer-protocol", "group.protocol", "consumer");
    var bytes = new ByteArrayDeserializer();
    var end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    try (var consumer = new KafkaConsumer<byte[], byte[]>(settings, bytes, bytes)) {
      consumer.subscribe(List.of(arguments[1]));
      while (consumer.assignment().isEmpty() && System.nanoTime() < end) consumer.poll(Duration.ofMillis(100));
      System.out.println("assigned " + consumer.assignment().size());
    }
  }
}
