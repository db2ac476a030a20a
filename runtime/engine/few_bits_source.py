"""The source of the kernels in few_bits_kernels.py, in CUDA C++ without any header.

Apart from gpu_source.py, since these need a GPU that multiplies matrices of bfloat16 itself, as
those since 2020 do.
"""

from __future__ import annotations

WARPS_PER_BLOCK = 8
# Outputs that a block computes, for as many rows as few_rows.FEW_ROWS.
BLOCK_OUTPUTS = 16
# Threads of a block that unpacks, and pieces of eight weights that each of them does.
UNPACKING_THREADS = 256
PIECES_PER_THREAD = 4

SOURCE = f"""
#define WARPS {WARPS_PER_BLOCK}
#define PIECES {PIECES_PER_THREAD}
"""
SOURCE += r"""
typedef unsigned short bfloat;

__device__ __forceinline__ float widened(bfloat value) {
  return __uint_as_float((unsigned)value << 16);
}
__device__ __forceinline__ bfloat rounded(float value) {
  if (value != value) return 0x7fffu;
  unsigned bits = __float_as_uint(value);
  return (bfloat)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

// Two values of bfloat16 in one register, the first in its lower half: left * right + added.
__device__ __forceinline__ unsigned fused(unsigned left, unsigned right, unsigned added) {
  unsigned sum;
  asm("fma.rn.bf16x2 %0, %1, %2, %3;" : "=r"(sum) : "r"(left), "r"(right), "r"(added));
  return sum;
}
#define TWICE(bits) ((bits) * 0x10001u)
#define ONE TWICE(0x3f80u)
#define MINUS_136 TWICE(0xc308u)
#define MINUS_ZERO TWICE(0x8000u)
#define FIRST_HALVES 0x5410
#define SECOND_HALVES 0x7632

// Weights 0 and 4, 1 and 5, 2 and 6, 3 and 7 of the eight in four bits that a register holds. A
// number behind the exponent of 128 is 128 more. Rounded where torch's own steps round.
struct Pairs { unsigned at[4]; };
__device__ __forceinline__ Pairs eight_of_four_bits(unsigned packed, unsigned scale_and_zero) {
  unsigned scale = TWICE(scale_and_zero & 0xffffu), zero = TWICE(scale_and_zero >> 16);
  Pairs pairs;
#pragma unroll
  for (int i = 0; i < 4; i++) {
    unsigned whole = fused(((packed >> (4 * i)) & 0x000f000fu) | 0x43004300u, ONE, MINUS_136);
    pairs.at[i] = fused(fused(whole, scale, MINUS_ZERO), ONE, zero);
  }
  return pairs;
}

// Weights 0 and 1, 2 and 3 of the four in eight bits that a register holds, not yet scaled.
__device__ __forceinline__ float one_of_eight_bits(unsigned shifted, int place) {
  return __uint_as_float(__byte_perm(shifted, 0x4b000000u, 0x7650 | place)) - 8388736.f;
}
__device__ __forceinline__ unsigned two_of_eight_bits(unsigned packed, int place) {
  unsigned shifted = packed ^ 0x80808080u;
  float first = one_of_eight_bits(shifted, place), second = one_of_eight_bits(shifted, place + 1);
  return __byte_perm(__float_as_uint(first), __float_as_uint(second), SECOND_HALVES);
}

// Add to sums (16 outputs, 8 rows) the products of 16 weights of each output. A lane holds two
// pairs of output lane / 4, two of output lane / 4 + 8, and the same two places of row lane / 4.
__device__ __forceinline__ void multiply(
    float (&sums)[4], unsigned upper_one, unsigned lower_one, unsigned upper_other,
    unsigned lower_other, unsigned rows_one, unsigned rows_other) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
      : "r"(upper_one), "r"(lower_one), "r"(upper_other), "r"(lower_other),
        "r"(rows_one), "r"(rows_other));
}

// Sixteen bytes of weights of one output, and how they are multiplied.
struct FourBits {
  static const int weights = 32;
  // With neither scale nor zero they are nothing.
  static __device__ __forceinline__ void read(
      uint4& packed, unsigned& scale, const uint4* from, const unsigned* scales, bool counts) {
    packed = __ldcs(from);
    unsigned found = __ldg(scales);
    scale = counts ? found : 0;
  }
  static __device__ __forceinline__ void add(
      float (&sums)[4], const uint4& upper, const uint4& lower, unsigned upper_scale,
      unsigned lower_scale, const uint4* row) {
    const unsigned* above = reinterpret_cast<const unsigned*>(&upper);
    const unsigned* below = reinterpret_cast<const unsigned*>(&lower);
#pragma unroll
    for (int i = 0; i < 4; i++) {
      uint4 values = __ldg(row + i);
      Pairs one = eight_of_four_bits(above[i], upper_scale);
      Pairs other = eight_of_four_bits(below[i], lower_scale);
      multiply(sums, one.at[0], other.at[0], one.at[1], other.at[1],
               __byte_perm(values.x, values.z, FIRST_HALVES),
               __byte_perm(values.x, values.z, SECOND_HALVES));
      multiply(sums, one.at[2], other.at[2], one.at[3], other.at[3],
               __byte_perm(values.y, values.w, FIRST_HALVES),
               __byte_perm(values.y, values.w, SECOND_HALVES));
    }
  }
  static __device__ __forceinline__ float scaled(float sum, const unsigned*, int) { return sum; }
};

struct EightBits {
  static const int weights = 16;
  static __device__ __forceinline__ void read(
      uint4& packed, unsigned& scale, const uint4* from, const unsigned*, bool counts) {
    uint4 found = __ldcs(from);
    packed = counts ? found : make_uint4(0, 0, 0, 0);
    scale = 0;
  }
  static __device__ __forceinline__ void add(
      float (&sums)[4], const uint4& upper, const uint4& lower, unsigned, unsigned,
      const uint4* row) {
    const unsigned* above = reinterpret_cast<const unsigned*>(&upper);
    const unsigned* below = reinterpret_cast<const unsigned*>(&lower);
#pragma unroll
    for (int i = 0; i < 2; i++) {
      uint4 values = __ldg(row + i);
      multiply(sums, two_of_eight_bits(above[2 * i], 0), two_of_eight_bits(below[2 * i], 0),
               two_of_eight_bits(above[2 * i], 2), two_of_eight_bits(below[2 * i], 2),
               values.x, values.y);
      multiply(sums, two_of_eight_bits(above[2 * i + 1], 0), two_of_eight_bits(below[2 * i + 1], 0),
               two_of_eight_bits(above[2 * i + 1], 2), two_of_eight_bits(below[2 * i + 1], 2),
               values.z, values.w);
    }
  }
  static __device__ __forceinline__ float scaled(float sum, const unsigned* scales, int output) {
    return sum * widened(reinterpret_cast<const bfloat*>(scales)[output]);
  }
};

// A block multiplies up to eight rows with sixteen outputs' weights, each of its warps a share of
// the inputs. Four lanes read four neighbouring pieces of one output; weights are read once and not
// kept in a cache.
template <class Bits>
__device__ __forceinline__ void few_rows(
    const uint4* packed, const unsigned* scales, const bfloat* given, const bfloat* bias,
    bfloat* output, int rows, int outputs, int inputs, int has_bias) {
  const int warps = WARPS, ahead = 4;
  __shared__ float shared_sums[warps][8][16];
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32, group = lane / 4, fourth = lane % 4;
  int first_output = blockIdx.x * 16;
  // What would lie beyond the last output, row or piece is another one, computed in vain.
  long long upper_row = min(first_output + group, outputs - 1);
  long long lower_row = min(first_output + group + 8, outputs - 1);
  int pieces = inputs / Bits::weights, steps = (pieces + 3) / 4;
  const uint4* upper = packed + upper_row * pieces;
  const uint4* lower = packed + lower_row * pieces;
  const unsigned* upper_scales = scales + upper_row * pieces;
  const unsigned* lower_scales = scales + lower_row * pieces;
  const bfloat* own = given + (long long)min(group, rows - 1) * inputs;
  const uint4* row = reinterpret_cast<const uint4*>(own);
  float sums[4] = {0.f, 0.f, 0.f, 0.f};
  for (int step = warp * ahead; step < steps; step += warps * ahead) {
    uint4 read_upper[ahead], read_lower[ahead];
    unsigned scale_upper[ahead], scale_lower[ahead];
#pragma unroll
    for (int i = 0; i < ahead; i++) {
      int wanted = (step + i) * 4 + fourth, piece = min(wanted, pieces - 1);
      Bits::read(read_upper[i], scale_upper[i], upper + piece, upper_scales + piece,
                 wanted < pieces);
      Bits::read(read_lower[i], scale_lower[i], lower + piece, lower_scales + piece,
                 wanted < pieces);
    }
#pragma unroll
    for (int i = 0; i < ahead; i++) {
      int piece = min((step + i) * 4 + fourth, pieces - 1);
      Bits::add(sums, read_upper[i], read_lower[i], scale_upper[i], scale_lower[i],
                row + piece * (Bits::weights / 8));
    }
  }
  shared_sums[warp][2 * fourth][group] = sums[0];
  shared_sums[warp][2 * fourth + 1][group] = sums[1];
  shared_sums[warp][2 * fourth][group + 8] = sums[2];
  shared_sums[warp][2 * fourth + 1][group + 8] = sums[3];
  __syncthreads();
  int place = first_output + threadIdx.x % 16, at = threadIdx.x / 16;
  if (at >= rows || at >= 8 || place >= outputs) return;
  float sum = 0.f;
#pragma unroll
  for (int i = 0; i < warps; i++) sum += shared_sums[i][at][threadIdx.x % 16];
  sum = Bits::scaled(sum, scales, place);
  if (has_bias) sum += widened(bias[place]);
  output[(long long)at * outputs + place] = rounded(sum);
}

#define FEW_ROWS(name, Bits) \
  extern "C" __global__ void __launch_bounds__(32 * WARPS) name( \
      const uint4* packed, const unsigned* scales, const bfloat* given, const bfloat* bias, \
      bfloat* output, int rows, int outputs, int inputs, int has_bias) { \
    few_rows<Bits>(packed, scales, given, bias, output, rows, outputs, inputs, has_bias); \
  }
FEW_ROWS(few_rows_of_four_bits, FourBits)
FEW_ROWS(few_rows_of_eight_bits, EightBits)

// A thread unpacks some pieces of eight weights.
extern "C" __global__ void unpack_four_bits(
    const unsigned* packed, const unsigned* scales, uint4* output, int pieces, int) {
  int first = blockIdx.x * blockDim.x * PIECES + threadIdx.x;
  unsigned read[PIECES], scale[PIECES];
#pragma unroll
  for (int i = 0; i < PIECES; i++) {
    int piece = first + i * blockDim.x;
    if (piece >= pieces) break;
    read[i] = __ldcs(packed + piece);
    scale[i] = __ldg(scales + piece / 4);
  }
#pragma unroll
  for (int i = 0; i < PIECES; i++) {
    int piece = first + i * blockDim.x;
    if (piece >= pieces) break;
    Pairs pairs = eight_of_four_bits(read[i], scale[i]);
    output[piece] = make_uint4(__byte_perm(pairs.at[0], pairs.at[1], FIRST_HALVES),
                               __byte_perm(pairs.at[2], pairs.at[3], FIRST_HALVES),
                               __byte_perm(pairs.at[0], pairs.at[1], SECOND_HALVES),
                               __byte_perm(pairs.at[2], pairs.at[3], SECOND_HALVES));
  }
}

extern "C" __global__ void unpack_eight_bits(
    const uint2* packed, const bfloat* scales, uint4* output, int pieces, int per_output) {
  int first = blockIdx.x * blockDim.x * PIECES + threadIdx.x;
  uint2 read[PIECES];
  unsigned scale[PIECES];
#pragma unroll
  for (int i = 0; i < PIECES; i++) {
    int piece = first + i * blockDim.x;
    if (piece >= pieces) break;
    read[i] = __ldcs(packed + piece);
    scale[i] = TWICE((unsigned)scales[piece / per_output]);
  }
#pragma unroll
  for (int i = 0; i < PIECES; i++) {
    int piece = first + i * blockDim.x;
    if (piece >= pieces) break;
    output[piece] = make_uint4(
        fused(two_of_eight_bits(read[i].x, 0), scale[i], MINUS_ZERO),
        fused(two_of_eight_bits(read[i].x, 2), scale[i], MINUS_ZERO),
        fused(two_of_eight_bits(read[i].y, 0), scale[i], MINUS_ZERO),
        fused(two_of_eight_bits(read[i].y, 2), scale[i], MINUS_ZERO));
  }
}
"""
