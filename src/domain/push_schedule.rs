//! When a push record runs by itself: the words of cron, meant in a time zone.

use super::event::EventKind;
use super::push_admin::about;
use super::push_record::{PushRecord, Schedule, get};
use super::{Act, Error, Result, Time, Tx};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::str::FromStr;

/// Moments of the wall clock that are looked at, at most. An hour that comes twice has sixty of them that are over.
const MOST: usize = 200;

/// The first moment after `after` that the words name, on the clock of the zone. A moment that a change of the clock leaves
/// out comes after it; one that comes twice counts once.
///
/// # Errors
/// [`Error::Invalid`] for `cron` or `time_zone`.
pub fn next(cron: &str, time_zone: &str, after: Time) -> Result<Time> {
    let wrong = |why: String| Error::Invalid("cron", why);
    let words = cron.split_whitespace().count();
    if words != 5 {
        let sentence =
            "expected five words: minute, hour, day, month, weekday; such as “0 3 * * *” for three every night";
        return Err(wrong(sentence.to_owned()));
    }
    let pattern = croner::Cron::from_str(cron).map_err(|e| wrong(e.to_string()))?;
    let no_zone = |_| Error::Invalid("time_zone", format!("“{time_zone}” is no IANA time zone such as Europe/Berlin"));
    let zone = TimeZone::get(time_zone).map_err(no_zone)?;
    let never = || wrong("it never comes".to_owned());
    let start = Timestamp::from_millisecond(after.0).map_err(|_| never())?;
    let mut clock = zone.to_datetime(start);
    for _ in 0..MOST {
        clock = following(&pattern, clock).ok_or_else(never)?;
        let moment = zone.to_zoned(clock).map_err(|_| never())?.timestamp();
        if moment > start {
            return Ok(Time(moment.as_millisecond()));
        }
    }
    Err(never())
}

/// The next time on a clock that never changes.
fn following(pattern: &croner::Cron, clock: DateTime) -> Option<DateTime> {
    let seconds = TimeZone::UTC.to_timestamp(clock).ok()?.as_second();
    let moment = chrono::DateTime::<chrono::Utc>::from_timestamp(seconds, 0)?;
    let found = pattern.find_next_occurrence(&moment, false).ok()?;
    Some(TimeZone::UTC.to_datetime(Timestamp::from_second(found.timestamp()).ok()?))
}

/// Whether a record was compared whole on this very day, on the clock of its schedule. The first run of a day compares
/// everything, whatever the source says of changes.
pub fn was_compared_today(record: &PushRecord, now: Time) -> bool {
    let (Some(compared), Some(schedule)) = (&record.compared, &record.schedule) else { return false };
    let Ok(zone) = TimeZone::get(&schedule.time_zone) else { return false };
    let day = |time: Time| Timestamp::from_millisecond(time.0).ok().map(|at| zone.to_datetime(at).date());
    day(compared.at).is_some() && day(compared.at) == day(now)
}

/// What a schedule is to be.
#[derive(Clone, Debug)]
pub struct ScheduleWish {
    /// The words; those that are set when absent.
    pub cron: Option<String>,
    /// The time zone; the one that is set when absent, or UTC.
    pub time_zone: Option<String>,
    /// Whether it is on.
    pub enabled: bool,
}

/// Sets when a record runs by itself.
///
/// # Errors
/// [`Error::Invalid`].
pub fn set(tx: &mut dyn Tx, act: &Act, id: i64, wish: &ScheduleWish) -> Result<PushRecord> {
    let before = get(tx, id)?;
    let known = before.schedule.as_ref();
    let cron = wish.cron.clone().or(known.map(|schedule| schedule.cron.clone()));
    let schedule = match cron {
        // Off, and it never was on.
        None if !wish.enabled => None,
        None => return Err(Error::Invalid("cron", "say when: five words such as “0 3 * * *”".to_owned())),
        Some(cron) => {
            let zone = wish.time_zone.clone().or(known.map(|schedule| schedule.time_zone.clone()));
            let time_zone = zone.unwrap_or_else(|| "UTC".to_owned());
            let next_at = Some(next(&cron, &time_zone, act.now)?).filter(|_| wish.enabled);
            Some(Schedule { cron, time_zone, enabled: wish.enabled, next_at })
        }
    };
    let record = PushRecord { schedule, modified_at: act.now.max(before.modified_at), ..before.clone() };
    let of = |record: &PushRecord| {
        let schedule = record.schedule.as_ref();
        (
            schedule.map(|schedule| schedule.cron.clone()),
            schedule.map(|schedule| schedule.time_zone.clone()),
            schedule.is_some_and(|schedule| schedule.enabled),
        )
    };
    let (was, is) = (of(&before), of(&record));
    if was != is {
        tx.update_push_record(&record)?;
        let event = about(tx, EventKind::PushRecordUpdated, &record)?;
        let event = event.changed("cron", &was.0, &is.0).changed("time_zone", &was.1, &is.1);
        tx.record(act, &event.changed("scheduled", was.2, is.2))?;
    }
    Ok(record)
}

/// The records whose next run is due.
pub fn due(tx: &mut dyn Tx, now: Time) -> Result<Vec<PushRecord>> {
    let is_due = |record: &PushRecord| {
        let schedule = record.schedule.as_ref().filter(|schedule| schedule.enabled);
        schedule.and_then(|schedule| schedule.next_at).is_some_and(|at| at <= now)
    };
    Ok(tx.push_records()?.into_iter().filter(is_due).collect())
}

/// Sets when the next run is due after one that is: however many were missed, one is made up for.
pub(super) fn pass(tx: &mut dyn Tx, record: &PushRecord, now: Time) -> Result<()> {
    let mut record = record.clone();
    if let Some(schedule) = &mut record.schedule {
        schedule.next_at = next(&schedule.cron, &schedule.time_zone, now).ok();
        tx.update_push_record(&record)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn from(cron: &str, zone: &str, after: &str) -> String {
        next(cron, zone, Time::parse("at", after).unwrap()).unwrap().to_string()
    }

    #[test]
    fn the_clock_of_the_zone_decides() {
        let berlin = "Europe/Berlin";
        assert_eq!(from("0 3 * * *", "UTC", "2026-01-31T09:30:00Z"), "2026-02-01T03:00:00.000Z");
        assert_eq!(from("0 3 * * *", berlin, "2026-01-31T09:30:00Z"), "2026-02-01T02:00:00.000Z");
        assert_eq!(from("0 3 * * *", berlin, "2026-07-01T09:30:00Z"), "2026-07-02T01:00:00.000Z");
        assert_eq!(from("0 3 * * 1-5", "Asia/Tokyo", "2026-01-30T18:00:00Z"), "2026-02-01T18:00:00.000Z");
        // Between two and three there is nothing on that night.
        assert_eq!(from("30 2 * * *", berlin, "2026-03-28T12:00:00Z"), "2026-03-29T01:30:00.000Z");
        // The hour that comes twice counts once, and nothing is due that is over.
        assert_eq!(from("30 2 * * *", berlin, "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00.000Z");
        assert_eq!(from("30 2 * * *", berlin, "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00.000Z");
        assert_eq!(from("*/15 * * * *", berlin, "2026-10-25T01:16:00Z"), "2026-10-25T02:00:00.000Z");
    }

    #[test]
    fn what_names_no_moment_is_refused() {
        for (cron, zone, field) in [
            ("0 3 * *", "UTC", "cron"),
            ("0 0 3 * * *", "UTC", "cron"),
            ("@daily", "UTC", "cron"),
            ("61 3 * * *", "UTC", "cron"),
            ("0 0 30 2 *", "UTC", "cron"),
            ("0 3 * * *", "Europe/Bonn", "time_zone"),
            ("0 3 * * *", "", "time_zone"),
        ] {
            let refused = next(cron, zone, Time(0)).unwrap_err();
            assert!(matches!(&refused, Error::Invalid(named, _) if *named == field), "{cron} {zone}: {refused}");
        }
    }
}
