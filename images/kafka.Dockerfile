# Kafka's jars, and a class-data archive of what a broker loads, each where the public image has it. The archive is written by
# a broker that starts, serves nobody and ends; it holds for the jars in sorted order, under any flags. It has no start
# script: name the command, as for the public one.
ARG BASE
FROM ${BASE}
COPY *.jar /opt/kafka/libs/
WORKDIR /opt/kafka
SHELL ["/bin/bash", "-euc"]
RUN training=$(mktemp -d); mkdir "$training/data"; \
  printf '%s\n' process.roles=broker,controller node.id=1 controller.quorum.voters=1@127.0.0.1:9093 \
    controller.listener.names=CONTROLLER listeners=CONTROLLER://127.0.0.1:9093,PLAINTEXT://127.0.0.1:9092 \
    "log.dirs=$training/data" >"$training/server.properties"; \
  printf '%s\n' version=1 node.id=1 cluster.id=trainingtrainingtraing directory.id=directorydirectorydirA \
    >"$training/data/meta.properties"; \
  jars=$(printf '%s:' /opt/kafka/libs/*); \
  CLASSPATH=${jars%:} java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ArchiveClassesAtExit=/opt/kafka/kafka.jsa \
    kafka.Kafka "$training/server.properties" & broker=$!; \
  until (</dev/tcp/127.0.0.1/9092) 2>/dev/null; do kill -0 "$broker"; sleep 0.1; done; \
  kill "$broker"; wait "$broker" || true; \
  test -s kafka.jsa; rm -r "$training"
CMD ["java", "-cp", "/opt/kafka/libs/*", "kafka.Kafka"]
