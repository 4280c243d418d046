#include "model/safetensors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <thread>

#include "core/files.hpp"
#include "model/safetensors_header.hpp"
#include "safetensors_support.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::model {
namespace {
using test::safetensors_bytes;
using test::write_bytes;
using testing::AllOf;
using testing::HasSubstr;

class Safetensors : public testing::Test {
 protected:
  [[nodiscard]] std::string error_of(std::string_view bytes) const {
    write_bytes(file_, bytes);
    const auto opened = SafetensorsFile::open(file_);
    EXPECT_FALSE(opened);
    const std::string message = opened ? std::string() : opened.error().message;
    EXPECT_THAT(message, HasSubstr(file_.string()));
    return message;
  }
  [[nodiscard]] std::string header_error(std::string_view header, std::size_t data = 4) const {
    return error_of(safetensors_bytes(header, std::string(data, '\0')));
  }
  test::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "x.safetensors";
};

TEST_F(Safetensors, ReadsTensorsInTheOrderOfTheirBytes) {
  write_bytes(file_,
              safetensors_bytes(
                  R"({"__metadata__":{"format":"pt"},"b":{"dtype":"U8","shape":[3],"data_offsets":[4,7]},)"
                  R"("empty":{"dtype":"F32","shape":[0,5],"data_offsets":[4,4]},)"
                  R"("a":{"dtype":"F16","shape":[2,1],"data_offsets":[0,4]},)"
                  R"("scalar":{"dtype":"I8","shape":[],"data_offsets":[7,8]}}  )",
                  "01234567"));
  const auto file = SafetensorsFile::open(file_);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->tensors().size(), 4U);
  EXPECT_EQ(file->tensors()[0].name, "a");
  EXPECT_EQ(file->tensors()[1].name, "empty");
  EXPECT_EQ(file->tensors()[2].name, "b");
  EXPECT_EQ(file->metadata().at("format"), "pt");
  const TensorInfo* b = file->find("b");
  ASSERT_NE(b, nullptr);
  EXPECT_EQ(b->dtype, Dtype::u8);
  EXPECT_EQ(b->shape, std::vector<std::int64_t>{3});
  file->release(*b);
  const auto data = file->data(*b);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(data.data()), data.size()), "456");
  EXPECT_EQ(file->data(*file->find("empty")).size(), 0U);
  EXPECT_EQ(file->find("c"), nullptr);
}

TEST_F(Safetensors, RefusesFilesThatAreNone) {
  EXPECT_THAT(SafetensorsFile::open(folder_ / "none").error().message, HasSubstr("No such file"));
  EXPECT_THAT(SafetensorsFile::open(folder_.path()).error().message, HasSubstr("not a file"));
  EXPECT_THAT(error_of(""), HasSubstr("0 bytes, too short"));
  EXPECT_THAT(error_of("1234567"), HasSubstr("7 bytes, too short"));
  EXPECT_THAT(error_of("\xff\xff\xff\xff\xff\xff\xff\xff{}"), HasSubstr("at most 100 MB"));
  EXPECT_THAT(error_of(std::string("\x01\xe1\xf5\x05\0\0\0\0{}", 10)),
              HasSubstr("a header of 100000001 bytes"));
  EXPECT_THAT(error_of(std::string("\x09\0\0\0\0\0\0\0{}", 10)),
              HasSubstr("cut off: the header has 9 bytes"));
}

TEST_F(Safetensors, RefusesHeadersThatAreNotTheFormats) {
  EXPECT_THAT(header_error(""), HasSubstr("must start with '{'"));
  EXPECT_THAT(header_error(" {}"), HasSubstr("must start with '{'"));
  EXPECT_THAT(header_error("{"), HasSubstr("header is not valid JSON"));
  EXPECT_THAT(header_error("{}{}"), HasSubstr("header is not valid JSON"));
  EXPECT_THAT(header_error("{\"a\":\"\xff\"}"), HasSubstr("header is not valid JSON"));
  EXPECT_THAT(header_error(R"({"a":1})"), HasSubstr("key 'a' must have an object, not 1"));
  EXPECT_THAT(header_error(R"({"a":[]})"), HasSubstr("key 'a' must have an object, not a list"));
  EXPECT_THAT(header_error(R"({"__metadata__":{"k":1}})"), HasSubstr("key 'k' must have a string, not 1"));
  EXPECT_THAT(header_error(R"({"__metadata__":{"k":{}}})"),
              HasSubstr("key 'k' must have a string, not an object"));
  EXPECT_THAT(header_error("{\"a\":" + std::string(1'000'000, '[')), HasSubstr("not a list"));
}

TEST_F(Safetensors, RefusesKeysThatAppearTwice) {
  const std::string a = R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  EXPECT_THAT(header_error("{" + a + "," + a + "}"), HasSubstr("key 'a' appears twice"));
  EXPECT_THAT(header_error(R"({"__metadata__":{"k":"v","k":"v"}})"),
              HasSubstr("__metadata__: key 'k' appears twice"));
  EXPECT_THAT(header_error(R"({"__metadata__":{},"__metadata__":{}})"),
              HasSubstr("key '__metadata__' appears twice"));
  EXPECT_THAT(header_error(R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})"),
              HasSubstr("tensor 'a': key 'dtype' appears twice"));
}

TEST_F(Safetensors, NamesTheTensorThatIsWrong) {
  const auto tensor = [&](std::string_view fields) {
    return header_error(fmt::format(R"({{"t\n":{{{}}}}})", fields));
  };
  EXPECT_THAT(tensor(R"("shape":[1],"data_offsets":[0,4])"),
              HasSubstr("tensor 't?': field 'dtype' is missing"));
  EXPECT_THAT(tensor(R"("dtype":"F32","data_offsets":[0,4])"), HasSubstr("field 'shape' is missing"));
  EXPECT_THAT(tensor(R"("dtype":"F32","shape":[1])"), HasSubstr("field 'data_offsets' is missing"));
  EXPECT_THAT(tensor(R"("dtype":"F33","shape":[1],"data_offsets":[0,4])"), HasSubstr("unknown dtype 'F33'"));
  EXPECT_THAT(tensor(R"("dtype":32,"shape":[1],"data_offsets":[0,4])"), HasSubstr("field 'dtype' has 32"));
  EXPECT_THAT(tensor(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])"), HasSubstr("at least 0, not -1"));
  EXPECT_THAT(tensor(R"("dtype":"F32","shape":[1.0],"data_offsets":[0,4])"),
              HasSubstr("at least 0, not 1.0"));
  EXPECT_THAT(tensor(R"("dtype":"F32","shape":["1"],"data_offsets":[0,4])"), HasSubstr("not a string"));
  EXPECT_THAT(tensor(R"("dtype":"F32","shape":1,"data_offsets":[0,4])"), HasSubstr("field 'shape' has 1"));
  EXPECT_THAT(tensor(R"("dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4])"),
              HasSubstr("too large"));
  EXPECT_THAT(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1)"),
              HasSubstr("unknown field 'x'"));
  EXPECT_THAT(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])"), HasSubstr("begin at most end"));
  EXPECT_THAT(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0])"), HasSubstr("begin at most end"));
  EXPECT_THAT(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,2,4])"), HasSubstr("begin at most end"));
  EXPECT_THAT(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"), HasSubstr("needs 8 bytes, but"));
  EXPECT_THAT(tensor(R"("dtype":"F4","shape":[7],"data_offsets":[0,4])"),
              HasSubstr("does not fill whole bytes"));
}

TEST_F(Safetensors, ComputesSizesWithoutOverflow) {
  // 2^62 x 4 x 4 bytes is 2^66, which wraps to 0 in 64 bits; so do 2^61 F64, and 2^33 x 2^33 elements.
  for (const char* shape : {"[4611686018427387904,4]", "[2305843009213693952]", "[8589934592,8589934592]"}) {
    EXPECT_THAT(
        header_error(fmt::format(R"({{"t":{{"dtype":"F64","shape":{},"data_offsets":[0,0]}}}})", shape), 0),
        HasSubstr("tensor 't': shape"))
        << shape;
  }
}

TEST_F(Safetensors, RefusesHolesOverlapsAndWrongEnds) {
  const auto two = [&](int begin, int end, std::size_t data) {
    return header_error(fmt::format(R"({{"a":{{"dtype":"U8","shape":[4],"data_offsets":[0,4]}},)"
                                    R"("b":{{"dtype":"U8","shape":[{}],"data_offsets":[{},{}]}}}})",
                                    end - begin, begin, end),
                        data);
  };
  EXPECT_THAT(two(5, 8, 8), AllOf(HasSubstr("tensor 'b': starts at byte 5"), HasSubstr("a hole")));
  EXPECT_THAT(two(3, 8, 8), AllOf(HasSubstr("tensor 'b': starts at byte 3"), HasSubstr("they overlap")));
  EXPECT_THAT(two(4, 8, 7), AllOf(HasSubstr("tensor 'b': ends at byte 8"), HasSubstr("only 7")));
  EXPECT_THAT(two(4, 8, 9), HasSubstr("1 bytes behind the last tensor belong to none"));
  EXPECT_THAT(header_error(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})", 8),
              HasSubstr("a hole"));
  EXPECT_THAT(header_error("{}", 1), HasSubstr("1 bytes behind the last tensor"));
}

TEST_F(Safetensors, AHostileHeaderTakesLinearTime) {
  // 100,000 tensors: quadratic work would take minutes and run into the test's time limit.
  std::string header = "{";
  for (int i = 0; i < 100'000; ++i) {
    header +=
        fmt::format(R"({}"t{}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})", i == 0 ? "" : ",", i);
  }
  const auto parsed = parse_safetensors_header(header + "}", 0);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->tensors.size(), 100'000U);
}

TEST_F(Safetensors, WritesFromSeveralThreadsWhatItReadsBack) {
  std::vector<TensorInfo> tensors{{"first \"quoted\"", Dtype::f32, {1000}}, {"second", Dtype::u8, {3, 5}}};
  auto writer = SafetensorsWriter::create(file_, tensors, {{"k", "v\n"}});
  ASSERT_TRUE(writer) << writer.error().message;
  const std::vector<float> floats(500, 1.5F);
  const std::vector<std::byte> bytes(15, std::byte{7});
  std::thread other([&] { EXPECT_TRUE(writer->write(0, 2000, std::as_bytes(std::span(floats)))); });
  EXPECT_TRUE(writer->write(1, 0, bytes));
  EXPECT_TRUE(writer->write(0, 0, std::as_bytes(std::span(floats))));
  other.join();
  EXPECT_FALSE(std::filesystem::exists(file_));
  ASSERT_TRUE(writer->finish());
  const auto file = SafetensorsFile::open(file_);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->metadata().at("k"), "v\n");
  const auto first = file->data(*file->find("first \"quoted\""));
  ASSERT_EQ(first.size(), 4000U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(first.data()) % 8, 0U);
  const auto once = std::as_bytes(std::span(floats)).first(2000);
  EXPECT_TRUE(std::equal(once.begin(), once.end(), first.begin()));
  EXPECT_TRUE(std::equal(once.begin(), once.end(), first.begin() + 2000));
  EXPECT_EQ(file->data(*file->find("second"))[14], std::byte{7});
}

TEST_F(Safetensors, AnUnfinishedFileLeavesNothingAndKeepsTheOldOne) {
  write_bytes(file_, "old");
  {
    auto writer = SafetensorsWriter::create(file_, {{"a", Dtype::f32, {2}}}, {});
    ASSERT_TRUE(writer);
    const std::vector<std::byte> half(4);
    EXPECT_TRUE(writer->write(0, 0, half));
    EXPECT_THAT(writer->write(0, 8, half).error().message, HasSubstr("tensor 'a' has 8 bytes"));
    EXPECT_THAT(writer->finish().error().message, HasSubstr("4 of 8 bytes were written"));
  }
  EXPECT_EQ(*read_file(file_), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1);
}

TEST_F(Safetensors, TheWriterRefusesNamesTakenTwiceAndShapesThatOverflow) {
  const auto error = [&](std::vector<TensorInfo> tensors) {
    const auto writer = SafetensorsWriter::create(file_, std::move(tensors), {});
    return writer ? std::string() : writer.error().message;
  };
  EXPECT_THAT(error({{"a", Dtype::f32, {1}}, {"a", Dtype::f32, {1}}}), HasSubstr("'a': the name is taken"));
  EXPECT_THAT(error({{"__metadata__", Dtype::f32, {1}}}), HasSubstr("the name is taken"));
  EXPECT_THAT(error({{"a", Dtype::f32, {std::int64_t{1} << 62, 8}}}), HasSubstr("too many elements"));
}

TEST_F(Safetensors, AFullDiskIsAnErrorThatNamesTheFile) {
  // A limit on the size of files acts like a disk that is full.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{4096, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  std::string message;
  {
    auto writer = SafetensorsWriter::create(file_, {{"a", Dtype::f32, {4096}}}, {});
    if (writer) {
      const std::vector<std::byte> bytes(16384);
      const auto written = writer->write(0, 0, bytes);
      message = written ? std::string() : written.error().message;
    }
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message,
              AllOf(HasSubstr("cannot write"), HasSubstr(file_.string()), HasSubstr("File too large")));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

}  // namespace
}  // namespace inferscale::model
