// Package buffer has what slices need that are used again and shared.
package buffer

// Resized returns a slice of n elements: s itself if it is large enough.
func Resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// Part returns the i-th of n equal parts of s.
func Part[T any](s []T, i, n int) []T {
	each := len(s) / n
	return s[i*each:][:each:each]
}
