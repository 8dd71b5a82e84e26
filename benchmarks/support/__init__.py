"""What the benchmarks are made of; each file beside this folder is one benchmark."""
