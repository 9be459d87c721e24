"""From student to device: networks as files that run without PyTorch, and what they then cost."""
