"""Values as the log keeps them: one canonical JSON form a value, the same on every database.

A codec speaks for one field. It encodes what the field holds after a read, foresees what the
column will hold once an assigned value is stored, and decodes what the log kept.
"""

from .base import UNFORESEEN, Codec, json_text
from .families import codec_of
from .scalars import DecimalCodec

__all__ = ["UNFORESEEN", "Codec", "DecimalCodec", "codec_of", "json_text"]
