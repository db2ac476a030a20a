"""The source of the kernels in gpu_kernels.py, in CUDA C++ without any header."""

from __future__ import annotations

WARPS_PER_BLOCK = 4
# Numbers of the activations in the source below.
ACTIVATIONS = {"silu": 0, "gelu": 1, "gelu_tanh": 2, "relu": 3}

SOURCE = r"""
typedef unsigned short bfloat;

__device__ __forceinline__ float low(unsigned two) { return __uint_as_float(two << 16); }
__device__ __forceinline__ float high(unsigned two) { return __uint_as_float(two & 0xffff0000u); }

__device__ __forceinline__ unsigned rounded_bits(float value) {
  if (value != value) return 0x7fffu;
  unsigned bits = __float_as_uint(value);
  return (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
}
__device__ __forceinline__ float rounded(float value) {
  return __uint_as_float(rounded_bits(value) << 16);
}

// Eight neighbouring values.
struct Eight { float at[8]; };

__device__ __forceinline__ Eight unpacked(uint4 bits) {
  Eight eight = {{low(bits.x), high(bits.x), low(bits.y), high(bits.y),
                  low(bits.z), high(bits.z), low(bits.w), high(bits.w)}};
  return eight;
}
__device__ __forceinline__ Eight read(const bfloat* from) {
  return unpacked(*reinterpret_cast<const uint4*>(from));
}
__device__ __forceinline__ unsigned two(float first, float second) {
  return rounded_bits(first) | (rounded_bits(second) << 16);
}
__device__ __forceinline__ void write(bfloat* to, const Eight& eight) {
  *reinterpret_cast<uint4*>(to) =
      make_uint4(two(eight.at[0], eight.at[1]), two(eight.at[2], eight.at[3]),
                 two(eight.at[4], eight.at[5]), two(eight.at[6], eight.at[7]));
}

// A thread turns eight values of a head's first half together with eight of its second.
extern "C" __global__ void rotate(
    const bfloat* query, const bfloat* key, bfloat* query_out, bfloat* key_out,
    const bfloat* cosines, const bfloat* sines,
    int tokens, int heads, int kv_heads, int width,
    int query_token, int query_head, int key_token, int key_head) {
  int half = width / 2, per_head = half / 8, both = heads + kv_heads;
  long long lane = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (lane >= (long long)tokens * both * per_head) return;
  int place = (int)(lane % per_head) * 8;
  int head = (int)(lane / per_head % both);
  long long token = lane / per_head / both;
  const bfloat* from;
  bfloat* to;
  if (head < heads) {
    from = query + token * query_token + (long long)head * query_head;
    to = query_out + (token * heads + head) * width;
  } else {
    head -= heads;
    from = key + token * key_token + (long long)head * key_head;
    to = key_out + (token * kv_heads + head) * width;
  }
  Eight first = read(from + place), second = read(from + half + place);
  const bfloat* cosine = cosines + token * width + place;
  const bfloat* sine = sines + token * width + place;
  Eight cos_first = read(cosine), cos_second = read(cosine + half);
  Eight sin_first = read(sine), sin_second = read(sine + half);
  Eight out_first, out_second;
#pragma unroll
  for (int i = 0; i < 8; i++) {
    out_first.at[i] =
        rounded(first.at[i] * cos_first.at[i]) + rounded(-second.at[i] * sin_first.at[i]);
    out_second.at[i] =
        rounded(second.at[i] * cos_second.at[i]) + rounded(first.at[i] * sin_second.at[i]);
  }
  write(to + place, out_first);
  write(to + half + place, out_second);
}

// A block norms a row.
extern "C" __global__ void root_mean_square_norm(
    const bfloat* given, const float* scale, bfloat* output, int width, double epsilon) {
  __shared__ float sums[32];
  const bfloat* row = given + (long long)blockIdx.x * width;
  float sum = 0.f;
  for (int place = threadIdx.x * 8; place < width; place += blockDim.x * 8) {
    Eight eight = read(row + place);
#pragma unroll
    for (int i = 0; i < 8; i++) sum += eight.at[i] * eight.at[i];
  }
#pragma unroll
  for (int far = 16; far; far >>= 1) sum += __shfl_xor_sync(0xffffffffu, sum, far);
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  if (lane == 0) sums[warp] = sum;
  __syncthreads();
  sum = lane < blockDim.x / 32 ? sums[lane] : 0.f;
#pragma unroll
  for (int far = 16; far; far >>= 1) sum += __shfl_xor_sync(0xffffffffu, sum, far);
  float share = rsqrtf(sum / width + (float)epsilon);
  for (int place = threadIdx.x * 8; place < width; place += blockDim.x * 8) {
    Eight eight = read(row + place);
#pragma unroll
    for (int i = 0; i < 8; i++) eight.at[i] *= share * scale[place + i];
    write(output + (long long)blockIdx.x * width + place, eight);
  }
}

__device__ __forceinline__ float activated(float value, int activation) {
  if (activation == 0) return value / (1.f + __expf(-value));
  if (activation == 1) return 0.5f * value * (1.f + erff(value * 0.70710678f));
  if (activation == 2) {
    float inner = 0.79788456f * (value + 0.044715f * value * value * value);
    return 0.5f * value * (1.f + tanhf(inner));
  }
  return fmaxf(value, 0.f);
}

extern "C" __global__ void gate(
    const bfloat* gate_and_up, bfloat* output, int eights, int width, int activation) {
  long long number = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (number >= eights) return;
  int per_row = width / 8;
  const bfloat* gate = gate_and_up + number / per_row * 2 * width + number % per_row * 8;
  Eight opened = read(gate), up = read(gate + width);
#pragma unroll
  for (int i = 0; i < 8; i++)
    opened.at[i] = rounded(activated(opened.at[i], activation)) * up.at[i];
  write(output + number * 8, opened);
}

__device__ __forceinline__ float product(uint4 one, uint4 other) {
  Eight left = unpacked(one), right = unpacked(other);
  float sum = 0.f;
#pragma unroll
  for (int i = 0; i < 8; i++) sum += left.at[i] * right.at[i];
  return sum;
}

// A warp multiplies the row with one row of weights, which are read once and not kept in a cache.
extern "C" __global__ void multiply_row(
    const bfloat* weight, const bfloat* given, const bfloat* bias, bfloat* output,
    int outputs, int inputs, int has_bias) {
  int lane = threadIdx.x & 31;
  int row = blockIdx.x * (blockDim.x >> 5) + (threadIdx.x >> 5);
  if (row >= outputs) return;
  int eights = inputs >> 3;
  const uint4* weights = reinterpret_cast<const uint4*>(weight) + (long long)row * eights;
  const uint4* values = reinterpret_cast<const uint4*>(given);
  float sum = 0.f;
  int place = lane;
  for (; place + 96 < eights; place += 128) {
    uint4 read[4];
#pragma unroll
    for (int step = 0; step < 4; step++) read[step] = __ldcs(weights + place + 32 * step);
#pragma unroll
    for (int step = 0; step < 4; step++) sum += product(read[step], values[place + 32 * step]);
  }
  for (; place < eights; place += 32) sum += product(__ldcs(weights + place), values[place]);
#pragma unroll
  for (int far = 16; far; far >>= 1) sum += __shfl_xor_sync(0xffffffffu, sum, far);
  if (lane == 0) {
    if (has_bias) sum += low(bias[row]);
    output[row] = rounded_bits(sum);
  }
}

// A thread merges eight values of two attention outputs by the log-sum-exps of their scores.
extern "C" __global__ void merge(
    bfloat* output, const float* sums, const bfloat* other, const float* other_sums, float* both,
    int tokens, int heads, int width) {
  int per_head = width / 8;
  long long number = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (number >= (long long)tokens * heads * per_head) return;
  long long token = number / per_head / heads;
  int head = (int)(number / per_head % heads);
  long long place = head * (long long)tokens + token;
  float one = sums[place], two_ = other_sums[place], most = fmaxf(one, two_);
  float weight_one = __expf(one - most), weight_two = __expf(two_ - most);
  float total = weight_one + weight_two;
  Eight left = read(output + number * 8), right = read(other + number * 8);
#pragma unroll
  for (int i = 0; i < 8; i++)
    left.at[i] = (left.at[i] * weight_one + right.at[i] * weight_two) / total;
  write(output + number * 8, left);
  if (number % per_head == 0) both[place] = most + logf(total);
}
"""
