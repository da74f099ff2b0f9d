"""What every service is hosted by: settings, listeners, REST conventions."""
