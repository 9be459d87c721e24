"""On a device: teacher and students as ONNX files of 32, 16 and 8 bits."""
