// Counting bytes and looks.
#include "devices/polled_output.h"

#include <algorithm>

namespace volt {

void PolledOutput::byte_sent() {
  if (is_kept_) {
    spared_ = std::min(spared_ + 1, worth);
    return;
  }
  if (credit_ == 0) {
    in_a_row_ = 0;
    return;
  }
  --credit_;
  is_kept_ = ++in_a_row_ >= price_;
}

void PolledOutput::end() {
  if (is_kept_) price_ = spared_ >= worth ? first_price : std::min(price_ * 2, highest_price);
  rest();
}

void PolledOutput::rest() {
  is_kept_ = false;
  in_a_row_ = 0;
  spared_ = 0;
}

} // namespace volt
