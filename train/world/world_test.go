package world

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"cocostat/internal/ranks"
	"cocostat/train/torchx"
)

// joinAll joins n processes, which here are goroutines.
func joinAll(t *testing.T, n int, timeout time.Duration, notes func(string)) []*World {
	t.Helper()
	port := ranks.FreePort(t)
	worlds := make([]*World, n)
	ranks.Each(t, n, func(rank int) (err error) {
		worlds[rank], err = join(Place{Rank: rank, Size: n, Port: port}, timeout, notes)
		return err
	})
	return worlds
}

func join(p Place, timeout time.Duration, notes func(string)) (*World, error) {
	p.Host = cmp.Or(p.Host, "127.0.0.1")
	return Join(context.Background(), &p, Options{Timeout: timeout, Program: "test", Notes: notes}, func(string) string { return "" })
}

func TestExchange(t *testing.T) {
	const n = 3
	worlds := joinAll(t, n, 10*time.Second, nil)
	ranks.Each(t, n, func(rank int) error {
		w := worlds[rank]
		for round := range 50 {
			all, err := w.Exchange("a round", fmt.Appendf(nil, "%d of %d", rank, round))
			if err != nil {
				return err
			}
			want := fmt.Sprintf("[0 of %d]", round)
			if rank == 0 {
				want = fmt.Sprintf("[0 of %d 1 of %d 2 of %d]", round, round, round)
			}
			if got := fmt.Sprintf("%s", all); got != want {
				return fmt.Errorf("round %d gives %s, want %s", round, got, want)
			}
		}
		if machine, cpus := w.Sharing(); machine != n || cpus != n || w.Local() != rank {
			return fmt.Errorf("%d processes on the machine, %d on the processors, this is %d", machine, cpus, w.Local())
		}
		w.Close()
		return nil
	})
}

func TestOneAlone(t *testing.T) {
	w, err := Join(context.Background(), nil, Options{}, nil)
	if w != nil || err != nil || w.Size() != 1 || !w.Chief() {
		t.Fatalf("%v, %v, %d processes", w, err, w.Size())
	}
	all, err := w.Exchange("nothing", []byte("mine"))
	if err != nil || len(all) != 1 || string(all[0]) != "mine" {
		t.Errorf("%q, %v", all, err)
	}
	failure := errors.New("failure")
	if w.Fail(failure) != failure || w.Wait("", func() error { return failure }) != failure {
		t.Error("errors are changed")
	}
	w.Stop()
	w.Close()
}

// A process that fails tells why, a note reaches the first, and one that is asked to
// end asks all.
func TestWordsReachTheOthers(t *testing.T) {
	notes := make(chan string, 1)
	worlds := joinAll(t, 3, 10*time.Second, func(text string) { notes <- text })
	worlds[2].Note("a bad image")
	if got := <-notes; !strings.HasPrefix(got, "rank 2 (process ") || !strings.HasSuffix(got, "a bad image") {
		t.Errorf("note %q", got)
	}
	worlds[1].Stop()
	for _, w := range worlds {
		<-w.Stopped()
	}
	failure := errors.New("no disk")
	if err := worlds[1].Fail(failure); err != failure {
		t.Errorf("its own error is %v", err)
	}
	ranks.Each(t, 3, func(rank int) error {
		_, err := worlds[rank].Exchange("a round", nil)
		if f, is := errors.AsType[*Fault](err); !is || f.Rank != 1 || !strings.Contains(err.Error(), "no disk") {
			return fmt.Errorf("error %v", err)
		}
		worlds[rank].Close()
		return nil
	})
}

// A process that lives but does not come is named.
func TestLateProcess(t *testing.T) {
	worlds := joinAll(t, 3, 3*time.Second, nil)
	ranks.Each(t, 2, func(rank int) error {
		began := time.Now()
		_, err := worlds[rank].Exchange("the meeting", nil)
		if err == nil || !strings.Contains(err.Error(), "did not come to the meeting within 3s") || !strings.HasPrefix(err.Error(), "rank 2 (process ") {
			return fmt.Errorf("error %v", err)
		}
		if d := time.Since(began); d < 3*time.Second {
			return fmt.Errorf("given up after %v", d)
		}
		return nil
	})
}

// Who does not know the token is left alone, and does no harm.
func TestStrangers(t *testing.T) {
	worlds := joinAll(t, 2, 5*time.Second, nil)
	for _, text := range []string{"", "GET / HTTP/1.0\r\n\r\n", strings.Repeat("\xff", 1<<16)} {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", worlds[0].hub.listen.Addr().(*net.TCPAddr).Port))
		if err != nil {
			t.Fatal(err)
		}
		conn.Write([]byte(text))
		conn.Close()
	}
	l := newLink(mustDial(t, worlds[0]))
	l.send(message{Kind: hello, Rank: 1, Text: "guess"})
	if _, err := l.receive(); err == nil {
		t.Error("a stranger is answered")
	}
	ranks.Each(t, 2, func(rank int) error {
		_, err := worlds[rank].Exchange("a round", nil)
		worlds[rank].Close()
		return err
	})
}

func mustDial(t *testing.T, w *World) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", w.hub.listen.Addr().(*net.TCPAddr).Port))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// Processes that were told of another number of them are named, in time.
func TestOtherSize(t *testing.T) {
	for _, other := range []Place{{Rank: 1, Size: 3}, {Rank: 2, Size: 3}} {
		port := ranks.FreePort(t)
		ranks.Each(t, 2, func(rank int) error {
			p := Place{Size: 2, Port: port}
			if rank == 1 {
				p.Rank, p.Size = other.Rank, other.Size
			}
			_, err := join(p, 10*time.Second, nil)
			if err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("rank %d (process ", other.Rank)) || !strings.Contains(err.Error(), "was told that there are 3 processes, and rank 0 that there are 2") {
				return fmt.Errorf("error %v", err)
			}
			return nil
		})
	}
}

// A process that joins, and cannot be connected with the others, is named when the
// time is up, not when libtorch gives up.
func TestNoConnections(t *testing.T) {
	port := ranks.FreePort(t)
	ranks.Each(t, 2, func(rank int) error {
		if rank == 1 {
			return pretend(t, port)
		}
		_, err := join(Place{Size: 2, Port: port}, 2*time.Second, nil)
		if err == nil || !strings.Contains(err.Error(), "did not come to the connections between all processes within 2s") {
			return fmt.Errorf("error %v", err)
		}
		return nil
	})
}

// pretend joins as rank 1 of 2, and does nothing but live until all is over.
func pretend(t *testing.T, port int) error {
	s, err := torchx.NewStore("127.0.0.1", port, "cocostat/0", false, 10*time.Second)
	if err != nil {
		return err
	}
	defer s.Close()
	hub, err := s.Get(hubKey)
	if err != nil {
		return err
	}
	address, token, _ := strings.Cut(hub, " ")
	conn, err := net.Dial("tcp", "127.0.0.1:"+address)
	if err != nil {
		return err
	}
	l := newLink(conn)
	defer l.close(farewell)
	l.send(message{Kind: hello, Rank: 1, Size: 2, Text: token, Member: Identity{Program: "test"}})
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); l.send(message{Kind: beat}) {
		if m, err := l.receive(); err != nil || m.Kind == fault {
			return nil
		}
	}
	return errors.New("nothing in 20 seconds")
}

// Strangers leave nothing behind.
func TestNothingIsLeftOfStrangers(t *testing.T) {
	worlds := joinAll(t, 2, 5*time.Second, nil)
	before := runtime.NumGoroutine()
	for range 50 {
		mustDial(t, worlds[0]).Close()
	}
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before+5; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, and %d before 50 strangers came", runtime.NumGoroutine(), before)
		}
	}
	ranks.Each(t, 2, func(rank int) error { worlds[rank].Close(); return nil })
}

// Messages that nobody waits for take the memory that they need.
func TestMemoryOfConnections(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	mine, its := net.Pipe()
	l := newLink(mine)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 100_000 {
		t.Errorf("a connection takes %d bytes", n)
	}
	its.Close()
	l.close(farewell)
}

// The loopback of localhost may be that of IPv6, for some.
func TestLoopbacks(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skipf("no IPv6 here: %v", err)
	}
	l.Close()
	port := ranks.FreePort(t)
	ranks.Each(t, 3, func(rank int) error {
		w, err := join(Place{Rank: rank, Size: 3, Port: port, Host: []string{"127.0.0.1", "::1", "127.0.0.1"}[rank]}, 10*time.Second, nil)
		w.Close()
		return err
	})
}
