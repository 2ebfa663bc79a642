"""The formats that files are written in, one file or folder each, all of one shape.

Each holds a :class:`nnaudio_exporters.format.Format` and the public function that hands it to the
pipeline. ``all_formats`` lists them. ``ort`` stands beside: it converts a file that is proved
already, so that it has no module to prepare and no parity, but the file's own self-test.
"""
