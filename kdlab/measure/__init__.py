"""What is measured of a network, and what may be said of it: metrics, intervals, power, costs."""
