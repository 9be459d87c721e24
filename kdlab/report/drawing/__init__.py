"""Drawings as data -> SVG and PNG, by Matplotlib, which is imported when the first one is drawn."""
