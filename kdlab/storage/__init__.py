"""Results on this machine: kept in folders by fingerprint, checked when read, deleted when
damaged."""
