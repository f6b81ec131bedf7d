/**
 * The whole, atomic, hashed form of a trained model, the folder that keeps it, and its
 * announcement.
 */
@NullMarked
package dev.counterweight.checkpoint;

import org.jspecify.annotations.NullMarked;
