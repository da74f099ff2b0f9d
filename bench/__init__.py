"""The benchmarks: `make bench`. Ratios side by side in one run; the machine's own numbers mean little elsewhere."""
