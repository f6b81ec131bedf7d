package dev.counterweight.joining;

/** What a join has to say, within the call that it says it in. */
public interface Output {
  /** An event leaves, or is corrected. */
  void write(Joined joined);

  /** Of an event or a label; also of every event that is written. */
  void tell(Fact fact);
}
