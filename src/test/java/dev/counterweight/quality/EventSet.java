package dev.counterweight.quality;

import java.util.List;
import java.util.Map;

/** Labelled events to be replayed, in order. */
public interface EventSet {
  String name();

  /** Names of the features, in order. */
  List<String> features();

  /** The labels that occur, sorted. */
  List<String> classes();

  /** Number of events. */
  int size();

  /** Events of each class. */
  long[] counts();

  /** An event's value. */
  byte[] event(int row);

  /** What a job must say of them, beside their names: their format at least. */
  Map<String, String> settings();
}
