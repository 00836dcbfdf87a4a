// Loaded into a measured product with `--import`: collects garbage on SIGUSR2, so that memory can be compared.
process.on('SIGUSR2', () => { globalThis.gc?.(); });
