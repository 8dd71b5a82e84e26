"""What Prometheus scrapes: one collector a file, each declaring its metrics beside the code that fills them."""
