const DAY = 24 * 60;

/** Hours of the day in which a participant works, by the local clock; they may go over midnight. */
export class Hours {
  /** @param begin minutes of the day @param end minutes of the day, of the next one when it is not after `begin` */
  private constructor(
    readonly text: string,
    private readonly begin: number,
    private readonly end: number,
  ) {}

  /**
   * Reads `20-6` or `20:30-6:15`.
   *
   * @throws Error that says what is wrong
   */
  static parse(text: string): Hours {
    const [, ...parts] = /^(\d{1,2})(?::(\d{2}))?-(\d{1,2})(?::(\d{2}))?$/.exec(text.trim()) ?? [];
    if (parts.length === 0) throw new Error(`'${text}' is not HOUR-HOUR, such as 20-6 or 20:30-6:15.`);
    const [beginHour, beginMinute, endHour, endMinute] = parts.map((part) => Number(part ?? 0));
    const begin = minutes(beginHour!, beginMinute!, text);
    const end = minutes(endHour!, endMinute!, text);
    if (begin % DAY === end % DAY)
      throw new Error(`'${text}' begins when it ends: leave it out for all day.`);
    return new Hours(text.trim(), begin, end);
  }

  contains(time: Date): boolean {
    const now = time.getHours() * 60 + time.getMinutes();
    return this.begin < this.end ? now >= this.begin && now < this.end : now >= this.begin || now < this.end;
  }

  /** When they begin next. */
  nextBegin(after: Date): Date {
    return next(this.begin, after);
  }

  /** When they end next. */
  nextEnd(after: Date): Date {
    return next(this.end, after);
  }
}

/** By the calendar, not by adding hours: where the clocks are changed a day has 23 or 25. */
function next(minute: number, after: Date): Date {
  const on = (days: number): Date =>
    new Date(after.getFullYear(), after.getMonth(), after.getDate() + days, 0, minute);
  const today = on(0);
  return today > after ? today : on(1);
}

function minutes(hour: number, minute: number, text: string): number {
  const value = hour * 60 + minute;
  if (value <= DAY && minute < 60) return value;
  throw new Error(`'${text}': the hours of a day are 0:00 to 24:00.`);
}
