package world

import (
	"encoding/gob"
	"fmt"
	"net"
	"sync"
	"time"
)

// kind says what a message is about.
type kind int

const (
	hello   kind = iota // of a process that joins
	welcome             // of the hub: all are there
	beat                // sign of life, both ways
	offer               // of a process: what it brings to an exchange
	result              // of the hub: what it gets from it
	fault               // a process cannot go on, both ways
	stop                // a process was asked to end, both ways
	note                // what the user of process 0 should know
	leave               // the process has done its work
	end                 // nothing more is sent; it stays here
)

// message is what goes over a connection, as a value of gob.
type message struct {
	Kind    kind
	Rank    int        // hello: who; fault, stop and note: about whom
	Size    int        // hello: how many there are, as it was told
	Call    int64      // beat, offer and result: number of the call that waits for others
	Waiting bool       // beat: for others, in that call
	Text    string     // hello: the token; fault, note: the words; beat, offer: what the call is for
	Data    []byte     // offer and result, unless many
	Many    [][]byte   // result for process 0: of each process
	Member  Identity   // hello
	Members []Identity // welcome
}

// Identity says who a process is.
type Identity struct {
	Host    string
	Process int
	Program string // its version, and that of libtorch: all must have the same
	CPUs    string // that it may run on; processes of the same host and CPUs share them
	Address string // at which others reach it
}

// link is a connection. What is sent is written in the background, so that a
// process that does not read holds nobody up.
type link struct {
	conn net.Conn
	in   *gob.Decoder
	more chan struct{} // the queue was empty, and is no more
	done chan struct{} // closed when nothing more is written
	once sync.Once

	mu    sync.Mutex
	queue []message
}

// mostQueued are messages that wait for a process that does not read: signs of life
// of hours.
const mostQueued = 1 << 14

func newLink(conn net.Conn) *link {
	l := &link{conn: conn, in: gob.NewDecoder(conn), more: make(chan struct{}, 1), done: make(chan struct{})}
	go l.write()
	return l
}

// write writes until there is nothing more, or nobody who reads.
func (l *link) write() {
	defer close(l.done)
	out := gob.NewEncoder(l.conn)
	for range l.more {
		for _, m := range l.take() {
			if m.Kind == end || out.Encode(m) != nil {
				return
			}
		}
	}
}

// take empties the queue.
func (l *link) take() []message {
	l.mu.Lock()
	defer l.mu.Unlock()
	queue := l.queue
	l.queue = nil
	return queue
}

// send never blocks. What a process that is gone should have got is dropped.
func (l *link) send(m message) {
	l.mu.Lock()
	if len(l.queue) < mostQueued {
		l.queue = append(l.queue, m)
	}
	l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default: // the writer was told
	}
}

func (l *link) receive() (m message, err error) {
	err = l.in.Decode(&m)
	return m, err
}

// close writes what is left, for a time at most, and ends the connection.
func (l *link) close(patience time.Duration) {
	l.once.Do(func() {
		l.send(message{Kind: end})
		select {
		case <-l.done:
		case <-time.After(patience):
		}
		l.conn.Close()
	})
}

// Fault is why a training of several processes cannot go on.
type Fault struct {
	Rank   int // of the process that is to blame; -1: none
	Reason string
}

func (f *Fault) Error() string { return f.Reason }

// name tells a process by its rank and, where it is known, its host and number.
func name(rank int, who Identity) string {
	if who.Host == "" {
		return fmt.Sprintf("rank %d", rank)
	}
	return fmt.Sprintf("rank %d (process %d on %s)", rank, who.Process, who.Host)
}
