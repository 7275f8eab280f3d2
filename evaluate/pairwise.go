package evaluate

// blockSize is how many numbers pairwise summation adds without halving them.
const blockSize = 128

// pairwiseSum adds in the order of numpy's sum: halves are summed on their
// own, and blocks of up to 128 in eight interleaved parts.
func pairwiseSum(x []float64) float64 {
	if len(x) <= blockSize {
		return blockSum(x)
	}
	half := firstHalf(len(x))
	return pairwiseSum(x[:half]) + pairwiseSum(x[half:])
}

func firstHalf(n int) int { return n/2 - n/2%8 }

// blockSum adds up to 128 numbers.
func blockSum(x []float64) float64 {
	if len(x) < 8 {
		sum := 0.0
		for _, v := range x {
			sum += v
		}
		return sum
	}
	part := [8]float64(x[:8])
	i := 8
	for ; i+8 <= len(x); i += 8 {
		for j := range part {
			part[j] += x[i+j]
		}
	}
	sum := ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]))
	for ; i < len(x); i++ {
		sum += x[i]
	}
	return sum
}
