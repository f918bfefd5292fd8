"""The worker process: found, set up, checked, started and asked."""
