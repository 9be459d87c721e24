"""How a full run trains: device, steps, views, answers, all stages."""
