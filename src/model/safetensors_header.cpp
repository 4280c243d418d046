#include "model/safetensors_header.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "core/json.hpp"

namespace inferscale::model {
namespace {

constexpr std::string_view kMetadata = "__metadata__";

/// Receives the parser's events: a state machine over the only four nestings that a header has. A DOM would
/// cost a hostile 100 MB header gigabytes and, with ordered keys, quadratic time.
class HeaderHandler {
 public:
  explicit HeaderHandler(SafetensorsHeader& header) : header_(header) {}
  [[nodiscard]] std::string error() const { return error_; }

  bool null() { return unexpected("null"); }
  bool boolean(bool /*value*/) { return unexpected("true or false"); }
  bool number_float(double /*value*/, const std::string& text) { return unexpected(printable(text)); }
  bool binary(Json::binary_t& /*value*/) { return unexpected("binary data"); }
  // The parser calls this one only for numbers with a minus sign.
  bool number_integer(std::int64_t value) { return unexpected(std::to_string(value)); }

  bool number_unsigned(std::uint64_t value) {
    if (where_ == Where::shape) {
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return refuse("a dimension of {} is too large", value);
      }
      tensor_.shape.push_back(static_cast<std::int64_t>(value));
      return true;
    }
    if (where_ == Where::offsets) {
      offsets_.push_back(value);
      return true;
    }
    return unexpected(std::to_string(value));
  }

  bool string(std::string& value) {
    if (where_ == Where::metadata) {
      header_.metadata[key_] = value;
      return true;
    }
    if (where_ != Where::tensor || key_ != "dtype") {
      return unexpected("a string");
    }
    const auto dtype = parse_dtype(value);
    if (!dtype) {
      return refuse("unknown dtype '{}'", printable(value));
    }
    tensor_.dtype = *dtype;
    return true;
  }

  bool key(std::string& value) {
    key_ = value;
    auto& seen = where_ == Where::top ? names_ : fields_;
    if (!seen.insert(value).second) {
      return refuse("key '{}' appears twice", printable(value));
    }
    if (where_ == Where::tensor && value != "dtype" && value != "shape" && value != "data_offsets") {
      return refuse("unknown field '{}'", printable(value));
    }
    return true;
  }

  bool start_object(std::size_t /*size*/) {
    if (where_ == Where::outside) {
      where_ = Where::top;
      return true;
    }
    if (where_ != Where::top) {
      return unexpected("an object");
    }
    fields_.clear();
    offsets_.clear();
    tensor_ = TensorInfo{};
    tensor_.name = key_;
    where_ = key_ == kMetadata ? Where::metadata : Where::tensor;
    return true;
  }

  bool end_object() {
    if (where_ == Where::top) {
      where_ = Where::outside;
      return true;
    }
    const bool complete = where_ == Where::metadata || finish_tensor();
    where_ = Where::top;
    return complete;
  }

  bool start_array(std::size_t /*size*/) {
    if (where_ == Where::tensor && (key_ == "shape" || key_ == "data_offsets")) {
      where_ = key_ == "shape" ? Where::shape : Where::offsets;
      return true;
    }
    return unexpected("a list");
  }

  bool end_array() {
    where_ = Where::tensor;
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*last_token*/,
                   const Json::exception& exception) {
    // "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error ...": keep the last
    // part.
    std::string_view what = exception.what();
    if (const auto end = what.find("] "); end != std::string_view::npos) {
      what.remove_prefix(end + 2);
    }
    error_ =
        fmt::format("header is not valid JSON: {} (byte {} of the header)", printable(what, 200), position);
    return false;
  }

 private:
  enum class Where { outside, top, metadata, tensor, shape, offsets };

  bool finish_tensor() {
    for (const char* field : {"dtype", "shape", "data_offsets"}) {
      if (fields_.count(field) == 0) {
        return refuse("field '{}' is missing", field);
      }
    }
    if (offsets_.size() != 2 || offsets_[0] > offsets_[1]) {
      return refuse("data_offsets must be two numbers, begin and end, with begin at most end");
    }
    tensor_.offset = offsets_[0];
    tensor_.bytes = offsets_[1] - offsets_[0];
    const auto expected = byte_count(tensor_.dtype, tensor_.shape);
    if (!expected) {
      return refuse("{}", expected.error().message);
    }
    if (*expected != tensor_.bytes) {
      return refuse("{} {} needs {} bytes, but its data_offsets span {}", to_string(tensor_.dtype),
                    to_string(tensor_.shape), *expected, tensor_.bytes);
    }
    header_.tensors.push_back(std::move(tensor_));
    return true;
  }

  template <class... Args>
  bool refuse(fmt::format_string<Args...> format, Args&&... args) {
    const auto what = fmt::format(format, std::forward<Args>(args)...);
    if (where_ == Where::outside || where_ == Where::top) {
      error_ = fmt::format("header: {}", what);
    } else if (where_ == Where::metadata) {
      error_ = fmt::format("header: {}: {}", kMetadata, what);
    } else {
      error_ = fmt::format("tensor '{}': {}", printable(tensor_.name), what);
    }
    return false;
  }

  bool unexpected(std::string_view what) {
    switch (where_) {
      case Where::outside:
        return refuse("must be an object, not {}", what);
      case Where::top:
        return refuse("key '{}' must have an object, not {}", printable(key_), what);
      case Where::metadata:
        return refuse("key '{}' must have a string, not {}", printable(key_), what);
      case Where::tensor:
        return refuse("field '{}' has {}; dtype is a string, shape and data_offsets are lists",
                      printable(key_), what);
      case Where::shape:
        return refuse("shape must hold whole numbers of at least 0, not {}", what);
      case Where::offsets:
        return refuse("data_offsets must hold whole numbers of at least 0, not {}", what);
    }
    return false;
  }

  SafetensorsHeader& header_;
  Where where_ = Where::outside;
  std::string key_;
  std::set<std::string> names_;   ///< keys of the header so far
  std::set<std::string> fields_;  ///< keys of the object inside it
  TensorInfo tensor_;
  std::vector<std::uint64_t> offsets_;
  std::string error_;
};

/// Sorted by offset, the tensors must follow each other from 0 to the end of the data.
Result<void> check_layout(const std::vector<TensorInfo>& tensors, std::uint64_t data_bytes) {
  std::uint64_t end = 0;
  for (const TensorInfo& tensor : tensors) {
    if (tensor.offset != end) {
      return fail("tensor '{}': starts at byte {} of the data, but the one before it ends at {} ({})",
                  printable(tensor.name), tensor.offset, end,
                  tensor.offset < end ? "they overlap" : "a hole");
    }
    end = tensor.offset + tensor.bytes;
    if (end > data_bytes) {
      return fail("tensor '{}': ends at byte {} of the data, but the file has only {}; it is cut off",
                  printable(tensor.name), end, data_bytes);
    }
  }
  if (end != data_bytes) {
    return fail("{} bytes behind the last tensor belong to none", data_bytes - end);
  }
  return {};
}

}  // namespace

Result<SafetensorsHeader> parse_safetensors_header(std::string_view json, std::uint64_t data_bytes) {
  if (json.empty() || json.front() != '{') {
    return fail("header must start with '{{'");
  }
  SafetensorsHeader header;
  HeaderHandler handler(header);
  if (!Json::sax_parse(json.begin(), json.end(), &handler)) {
    return fail("{}", handler.error());
  }
  // By end as well: an empty tensor may share its start with the one behind it.
  std::sort(header.tensors.begin(), header.tensors.end(), [](const TensorInfo& a, const TensorInfo& b) {
    return std::pair(a.offset, a.bytes) < std::pair(b.offset, b.bytes);
  });
  TRY(check_layout(header.tensors, data_bytes));
  return header;
}

Result<std::string> make_safetensors_header(std::vector<TensorInfo>& tensors,
                                            const std::map<std::string, std::string>& metadata) {
  std::string header = "{";
  if (!metadata.empty()) {
    Json strings = Json::object();
    for (const auto& [key, value] : metadata) {
      strings[key] = value;
    }
    header += fmt::format("\"{}\":{}", kMetadata, to_line(strings));
  }
  std::set<std::string_view> names{kMetadata};
  std::uint64_t offset = 0;
  for (TensorInfo& tensor : tensors) {
    if (!names.insert(tensor.name).second) {
      return fail("tensor '{}': the name is taken", printable(tensor.name));
    }
    auto bytes = byte_count(tensor.dtype, tensor.shape);
    if (!bytes) {
      return tl::unexpected(bytes.error().in(fmt::format("tensor '{}'", printable(tensor.name))));
    }
    tensor.offset = offset;
    tensor.bytes = *bytes;
    offset += *bytes;
    const Json entry{{"dtype", to_string(tensor.dtype)},
                     {"shape", tensor.shape},
                     {"data_offsets", {tensor.offset, offset}}};
    header +=
        fmt::format("{}{}:{}", header.size() > 1 ? "," : "", to_line(Json(tensor.name)), to_line(entry));
  }
  header += "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  return header;
}

}  // namespace inferscale::model
