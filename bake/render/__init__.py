"""From a field to pictures, plates and figures."""
