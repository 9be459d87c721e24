"""What a full run is: settings, published pairs and their figures, its networks."""
