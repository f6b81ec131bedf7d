package dev.counterweight.payments;

/**
 * A payment's features as its source draws them.
 *
 * @param country index
 * @param merchant index, which tells the category
 * @param device index; {@link #NO_DEVICE} for none
 * @param deviceAge in days, above 0; of no meaning without a device
 */
record Features(
    double amount, int country, int merchant, int device, double deviceAge, int lastHour) {
  static final int NO_DEVICE = -1;

  boolean hasDevice() {
    return device != NO_DEVICE;
  }
}
