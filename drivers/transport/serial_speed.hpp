// The speed of a terminal as a number, whatever the number.
#pragma once

namespace jr {

/// Sets input and output speed (TCSETS2, BOTHER); false with errno when the line does not take it.
bool set_speed(int terminal, int baud);

}  // namespace jr
