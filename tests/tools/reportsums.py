"""What thirdring report reckons, once more and by other means: from the lines of
thirdring journal export --format csv, slowly and by the definitions."""
import bisect
import collections
import datetime
import math
import zoneinfo

ZONE = zoneinfo.ZoneInfo("Europe/London")
DAY_START_H = 4
OF_LEVEL = ("counted", "kept", "unsure", "service_level_pct", "low_pct", "high_pct", "sure_low_pct",
            "sure_high_pct")


def business(moment):
    """The business day's date and the hour on the shop's clock."""
    local = moment.astimezone(ZONE).replace(tzinfo=None)
    return (local - datetime.timedelta(hours=DAY_START_H)).date(), local.hour


class Wait:
    def __init__(self, row):
        opened, closed = (datetime.datetime.fromisoformat(row[k]) for k in ("opened", "closed"))
        self.station, self.daypart, self.outcome = row["station"], row["daypart"], row["outcome"]
        self.day = business(closed)[0]
        opened_day, self.hour = business(opened)
        self.weekday = opened_day.isoweekday()
        self.s = float(row["wait_s"])
        self.service_s = float(row["service_s"]) if row["service_s"] else None
        self.party = int(row["party"])
        self.counted, self.kept = row["in_target"] != "", row["in_target"] == "true"
        ended = self.outcome in ("answered", "abandoned", "expired")
        found = (row["accurate"] == "false" and not self.counted and
                 (self.outcome in ("answered", "expired")))
        self.unsure = found or self.outcome == "unknown"
        self.timed = ended and not found
        self.staff = row["by"] == "staff" and self.outcome == "answered"
        self.accurate = row["accurate"] == "true"


def wilson(k, n, sign):
    z = 1.96
    mid = (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(k * (n - k) / n + z * z / 4)
    return 100 * min(1, max(0, mid + sign * half))


def level(waits):
    n, kept = sum(w.counted for w in waits), sum(w.kept for w in waits)
    unsure = sum(w.unsure for w in waits)
    every = n + unsure
    return dict(zip(OF_LEVEL, (n, kept, unsure, 100 * kept / n if n else None,
                               100 * kept / every if every else None,
                               100 * (kept + unsure) / every if every else None,
                               wilson(kept, every, -1) if every else None,
                               wilson(kept + unsure, every, 1) if every else None)))


def count(waits):
    outcomes = collections.Counter(w.outcome for w in waits)
    return {"waits": len(waits), "people": sum(w.party for w in waits),
            "by_staff": sum(w.staff for w in waits), "inaccurate": sum(not w.accurate for w in waits),
            **{o: outcomes[o] for o in ("answered", "abandoned", "expired", "void", "unknown")}}


def served(waits, p):
    x = sorted(w.s for w in waits if w.timed and w.outcome == "answered")
    return x[max(1, math.ceil(p * len(x) / 100)) - 1] if x else None


def needed(waits, p):
    """The first moment at which Kaplan and Meier's curve is down to 1 - p: by its definition,
    one moment after the other, each with its own count of those at risk."""
    timed = [w for w in waits if w.timed]
    every = sorted(w.s for w in timed)
    answers = collections.Counter(w.s for w in timed if w.outcome == "answered")
    left = 1.0
    for s in sorted(answers):
        left *= 1 - answers[s] / (len(every) - bisect.bisect_left(every, s))
        if left <= 1 - p / 100 + 1e-9:
            return s
    return None


def close(a, b):
    return a == b or (a is not None and b is not None and abs(a - b) < 0.0011)
