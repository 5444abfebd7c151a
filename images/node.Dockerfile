# Node alone, without npm; libfaketime, which the public image lacks, lets a member's clock be skewed.
ARG BASE
FROM ${BASE}
RUN apt-get update \
  && apt-get install -y --no-install-recommends libfaketime libstdc++6 \
  && rm -rf /var/lib/apt/lists/*
COPY node /usr/local/bin/node
CMD ["node"]
