package dev.counterweight.event;

/** Events of a form, and what decodes them. */
interface DecodeCase {
  /** Of a form; a power of two. */
  int EVENTS = 1024;

  Object head(int event) throws Exception;

  void features(int event, float[] row) throws Exception;

  int columnCount();
}
