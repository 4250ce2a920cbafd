"""Codecs of dates, times and durations."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime, parse_duration, parse_time
from django.utils.duration import duration_iso_string

from .base import UNFORESEEN, Codec, parsed, typed

__all__ = ["DateCodec", "DateTimeCodec", "DurationCodec", "TimeCodec"]


class DateCodec(Codec):
    kind = "date"
    foreseeable = True

    def _encode(self, value: Any) -> str:
        return str(typed(value, dt.date).isoformat())

    def _decode(self, stored: Any) -> Any:
        return parsed(parse_date, stored)


class DateTimeCodec(Codec):
    """ISO 8601; aware values in UTC, since that is the instant, whatever zone it was said in."""

    kind = "datetime"
    foreseeable = True

    def _encode(self, value: Any) -> str:
        moment = typed(value, dt.datetime)
        return str((moment.astimezone(dt.UTC) if moment.tzinfo else moment).isoformat())

    def _foresee(self, value: Any) -> Any:
        if not isinstance(value, dt.datetime):
            if isinstance(value, dt.date):
                value = dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001
            else:
                value = self.field.to_python(value)
        if settings.USE_TZ and timezone.is_naive(value):
            value = timezone.make_aware(value, timezone.get_default_timezone())
        elif not settings.USE_TZ and timezone.is_aware(value):
            return UNFORESEEN
        return self._encode(value)

    def _decode(self, stored: Any) -> Any:
        return parsed(parse_datetime, stored)


class TimeCodec(Codec):
    kind = "time"
    foreseeable = True

    def _encode(self, value: Any) -> str:
        return str(typed(value, dt.time).isoformat())

    def _decode(self, stored: Any) -> Any:
        return parsed(parse_time, stored)


class DurationCodec(Codec):
    kind = "duration"
    foreseeable = True

    def _encode(self, value: Any) -> str:
        return duration_iso_string(typed(value, dt.timedelta))

    def _decode(self, stored: Any) -> Any:
        return parsed(parse_duration, stored)
