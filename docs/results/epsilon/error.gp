set terminal svg size 760,460 font 'sans-serif,13' background 'white'
set output 'error.svg'
set grid lc rgb '#e4e4e4'
set border 3 lc rgb '#888888'
set tics nomirror
set key outside right noenhanced
set xlabel 'ε'
set ylabel 'ideal Fréchet'
set logscale xy
set autoscale noextend
set offsets graph 0.04, graph 0.04, graph 0.06, graph 0.06
set xtics ()
set for [i=-6:6] for [m in '1 2 5'] xtics add (sprintf('%g', m*10**i) m*10**i)
set ytics ()
set for [i=-6:6] for [m in '1 2 5'] ytics add (sprintf('%g', m*10**i) m*10**i)
plot 'error.dat' index 0 using 1:2 with linespoints pt 7 ps 0.6 lw 1.6 dt 1 title 'ideal Fréchet'
