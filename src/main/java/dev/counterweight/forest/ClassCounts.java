package dev.counterweight.forest;

import java.util.Arrays;

/**
 * Rows of each class at many places, and what is expected of classes at each before any came. Not
 * thread-safe.
 */
final class ClassCounts {
  private final int classes;

  /** {rows of each class, and the share expected of each} of each place. */
  private float[] numbers = new float[0];

  private int places;

  ClassCounts(int classes) {
    this.classes = classes;
  }

  /** As they were; the array is this object's from now on. */
  ClassCounts(int classes, float[] saved) {
    this(classes);
    this.numbers = saved;
    this.places = saved.length / (2 * classes);
  }

  /** Makes a place, and returns its number. */
  int add(double[] rows, double[] expected) {
    int at = 2 * classes * places;
    if (at == numbers.length) {
      numbers = Arrays.copyOf(numbers, Math.max(2 * at, 64 * classes));
    }
    for (int c = 0; c < classes; c++) {
      numbers[at + c] = (float) rows[c];
      numbers[at + classes + c] = (float) expected[c];
    }
    return places++;
  }

  int places() {
    return places;
  }

  void count(int place, int label) {
    numbers[2 * classes * place + label] += 1;
  }

  /** All that was counted there keeps a share of itself. */
  void fade(int place, float kept) {
    for (int c = 0; c < classes; c++) {
      numbers[2 * classes * place + c] *= kept;
    }
  }

  float rows(int place, int label) {
    return numbers[2 * classes * place + label];
  }

  float expected(int place, int label) {
    return numbers[2 * classes * place + classes + label];
  }

  float[] numbers() {
    return Arrays.copyOf(numbers, 2 * classes * places);
  }
}
