"""Somebody's own table: read, understood column by column, cut into parts and encoded."""
