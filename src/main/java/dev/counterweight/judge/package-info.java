/** The Streams topology that judges served scores by the labels that come later, and its role. */
@NullMarked
package dev.counterweight.judge;

import org.jspecify.annotations.NullMarked;
