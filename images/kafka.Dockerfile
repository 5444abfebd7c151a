# Kafka's jars, where the public image has them. It has no start script: name the command, as for the public one.
ARG BASE
FROM ${BASE}
COPY *.jar /opt/kafka/libs/
WORKDIR /opt/kafka
CMD ["java", "-cp", "/opt/kafka/libs/*", "kafka.Kafka"]
