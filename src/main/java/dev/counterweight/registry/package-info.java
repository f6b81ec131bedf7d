/** The schema registry that events' frames refer to. */
@NullMarked
package dev.counterweight.registry;

import org.jspecify.annotations.NullMarked;
