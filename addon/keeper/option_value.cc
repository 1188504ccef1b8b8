// fcntl(2) tells whether a descriptor is open.
#include "keeper/option_value.h"

#include <fcntl.h>

namespace volt {

Result<int> open_number(std::string_view option, std::string_view text) {
  const int value = TRY(number_of<int>(option, text));
  if (value >= 0 && fcntl(value, F_GETFD) >= 0) return value;
  return Error{.message = std::string(option) + ": descriptor " + std::string(text) + " is not open"};
}

} // namespace volt
