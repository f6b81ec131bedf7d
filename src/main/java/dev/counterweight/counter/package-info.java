/** The Streams topology that counts classes, publishes snapshots of their weights, and its role. */
@NullMarked
package dev.counterweight.counter;

import org.jspecify.annotations.NullMarked;
