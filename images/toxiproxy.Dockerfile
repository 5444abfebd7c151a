# The server alone: it is linked statically and needs nothing beside it. Entry point and arguments as in the public image.
FROM scratch
COPY server /toxiproxy
EXPOSE 8474
ENTRYPOINT ["/toxiproxy"]
CMD ["-host=0.0.0.0"]
