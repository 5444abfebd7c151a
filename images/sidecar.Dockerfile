# Runs in the network namespace of another container and drops packets there: iptables, nothing else of its own.
# BASE: any Debian; the harness builds this from node:24-slim where no local base is.
ARG BASE=node:24-slim
FROM ${BASE}
USER root
RUN apt-get update \
  && apt-get install -y --no-install-recommends iptables \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
ENTRYPOINT []
CMD ["iptables", "--version"]
