// Package ranks helps tests of processes that work together.
package ranks

import (
	"net"
	"sync"
	"testing"
)

// FreePort returns a port of this machine that nobody listens at.
func FreePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// Each runs body for ranks 0 to n-1 at the same time, and ends the test if one of
// them fails.
func Each(t testing.TB, n int, body func(rank int) error) {
	t.Helper()
	var wg sync.WaitGroup
	for rank := range n {
		wg.Go(func() {
			if err := body(rank); err != nil {
				t.Errorf("rank %d: %v", rank, err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
}
