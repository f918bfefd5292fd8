"""Fields as volumes: OpenVDB sequences, and the Volume objects through which Cycles and EEVEE trace them."""
