// Short turns on the processor for a thread that does little at a time and must do it soon.
// Never asks for more of the processor, and never fails: a kernel that does not know it goes on as before.
#pragma once

namespace jr {

/// Of the calling thread and what it will start. Linux 6.12 and later grant it to anyone. Without it a
/// thread that has waited for bytes waits for two whole turns of other busy programs, some 6 ms, before it
/// may take them: a terminal holds 10 ms of a PPK2's stream, and a flash tool gives up after a few blocks.
void ask_for_short_slices();

}  // namespace jr
