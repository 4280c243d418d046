#include "message_outcome.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferscale::tensorrt {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Recorded {
  const char* message;
  Outcome outcome;
};

// As TensorRT 8 to 10 wrote them, from its public issue tracker.
const Recorded kRecorded[] = {
    {"[virtualMemoryBuffer.cpp::nvinfer1::StdVirtualMemoryBufferImpl::resizePhysical::154] Error Code 2: "
     "OutOfMemory (Requested size was 3356491776 bytes.)",
     Outcome::out_of_memory},
    {"[virtualMemoryBuffer.cpp::resizePhysical::145] Error Code 2: OutOfMemory (no further information)",
     Outcome::out_of_memory},
    {"Requested amount of GPU memory (17179869184 bytes) could not be allocated. There may not be enough "
     "free "
     "memory for allocation to succeed.",
     Outcome::out_of_memory},
    {"Skipping tactic 8 due to insufficient memory on requested size of 17179869184 detected for tactic "
     "0x000000000000003c.",
     Outcome::out_of_memory},
    {"[defaultAllocator.cpp::allocate::20] Error Code 1: Cuda Runtime (out of memory)",
     Outcome::out_of_memory},
    {"IRuntime::deserializeCudaEngine: Error Code 6: API Usage Error (The engine plan file is generated on "
     "an "
     "incompatible device, expecting compute 8.9 got compute 8.6, please rebuild.)",
     Outcome::load_failed},
    {"IRuntime::deserializeCudaEngine: Error Code 6: API Usage Error (The engine plan file is not compatible "
     "with this version of TensorRT, expecting library version 10.12.0.36 got .)",
     Outcome::load_failed},
    {"[stdArchiveReader.cpp::StdArchiveReader::35] Error Code 1: Serialization (Serialization assertion "
     "safeVersionRead == safeSerializationVersion failed.Version tag does not match. Note: Current Version: "
     "0, "
     "Serialized Engine Version: 96)",
     Outcome::load_failed},
    {"[runtime.cpp::deserializeCudaEngine::50] Error Code 4: Internal Error (Engine deserialization failed.)",
     Outcome::load_failed},
    {"[executionContext.cpp::setInputShape::2309] Error Code 3: API Usage Error (Parameter check failed at: "
     "runtime/api/executionContext.cpp::setInputShape::2309, condition: satisfyProfile Runtime dimension "
     "does "
     "not satisfy any optimization profile.)",
     Outcome::profile_mismatch},
    {"[executionContext.cpp::setBindingDimensions::945] Error Code 3: API Usage Error (Parameter check "
     "failed "
     "at: runtime/api/executionContext.cpp::setBindingDimensions::945, condition: profileMinDims.d[i] <= "
     "dimensions.d[i]. Supplied binding dimension [1,3,576,768] for bindings[0] exceed min ~ max range at "
     "index "
     "2, maximum dimension in profile is 800, minimum dimension in profile is 800, but supplied dimension is "
     "576.)",
     Outcome::profile_mismatch},
};

TEST(MessageOutcome, RecordedMessages) {
  for (const auto& [message, outcome] : kRecorded) {
    EXPECT_EQ(outcome_of_message(message, Outcome::error), outcome) << message;
  }
}

TEST(MessageOutcome, OtherWordsTellNothing) {
  for (const char* message : {"", "Using default stream in enqueueV3()", "Unused Input: input_ids"}) {
    EXPECT_EQ(outcome_of_message(message, Outcome::error), Outcome::error) << message;
    EXPECT_EQ(outcome_of_message(message, Outcome::load_failed), Outcome::load_failed) << message;
  }
}

TEST(MessageOutcome, TheTellingMessageIsQuotedAndNotTheLast) {
  const std::vector<std::string> messages{
      "first", kRecorded[0].message,
      "[builder.cpp::buildSerializedNetwork::751] Error Code 2: Internal Error"};
  const Error error = error_of_messages("building 'a.onnx'", messages, Outcome::load_failed);
  EXPECT_EQ(error.outcome, Outcome::out_of_memory);
  EXPECT_THAT(error.message, HasSubstr("building 'a.onnx'"));
  EXPECT_THAT(error.message, HasSubstr("Requested size was 3356491776 bytes"));
  EXPECT_THAT(error.message, Not(HasSubstr("first")));
}

TEST(MessageOutcome, NoMessageIsSaidToo) {
  const Error error = error_of_messages("loading 'x'", {}, Outcome::load_failed);
  EXPECT_EQ(error.outcome, Outcome::load_failed);
  EXPECT_THAT(error.message, HasSubstr("gave no reason"));
}

TEST(MessageOutcome, EnginesOfAnotherMachineGetAdvice) {
  const auto message = [](const char* recorded) {
    return error_of_messages("loading 'x'", std::vector<std::string>{recorded}, Outcome::error).message;
  };
  EXPECT_THAT(message(kRecorded[5].message), HasSubstr("built for another GPU: build it again"));
  EXPECT_THAT(message(kRecorded[6].message), HasSubstr("built by another TensorRT: build it again"));
  EXPECT_THAT(message("Error Code 1: Serialization (Serialization assertion plan->header.magicTag == "
                      "rt::kPLAN_MAGIC_TAG failed.)"),
              HasSubstr("cut off or no engine"));
}

}  // namespace
}  // namespace inferscale::tensorrt
