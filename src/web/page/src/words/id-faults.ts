// The Indonesian words of faults: of the page, and of the catalogue of the server.

export const faults = {
  // The page
  "--{0} is missing": "--{0} belum diisi",
  "A time such as 500ms, 10s or 2m. The fault is verified, and healed again if it cannot be.":
    "Waktu seperti 500ms, 10s, atau 2m. Gangguan diverifikasi, dan dipulihkan lagi jika tidak terbukti.",
  Fault: "Gangguan",
  "Faults in force": "Gangguan yang berlaku",
  Heal: "Pulihkan",
  "Heal after": "Pulihkan setelah",
  "Heal all": "Pulihkan semua",
  "In force": "Berlaku",
  Inject: "Suntikkan",
  "Inject a fault": "Suntikkan gangguan",
  "Inject a fault into {0}": "Suntikkan gangguan ke {0}",
  "Inject…": "Suntikkan…",
  "No fault is in force": "Tidak ada gangguan yang berlaku",
  Node: "Node",
  Others: "Lainnya",
  "Proof:": "Bukti:",
  "choose…": "pilih…",
  "faults in force: {0}": "gangguan yang berlaku: {0}",
  "mechanism: {0}": "mekanisme: {0}",
  "until it is healed": "sampai dipulihkan",

  // Groups
  "Power and machine": "Daya dan mesin",
  Services: "Layanan",
  Disks: "Disk",

  // Keys
  "How long the power is off": "Berapa lama daya mati",
  "What the clock of the node does during the pause": "Jam node selama jeda",
  "frozen: the resumed machine believes that no time has passed":
    "frozen: setelah jeda, mesin merasa waktu tidak berlalu",
  "running: the resumed machine finds itself late": "running: setelah jeda, mesin mendapati dirinya terlambat",
  "The remaining share of a processor, in percent": "Sisa bagian sebuah prosesor, dalam persen",
  "How far the clock is off": "Seberapa jauh jam meleset",
  "Set the clock into the past": "Setel jam ke masa lalu",
  "The service, by its name in the stack": "Layanan, dengan namanya dalam stack",
  "The service manager may start it again": "Pengelola layanan boleh menjalankannya lagi",
  "The network; all of them if none is chosen": "Jaringan; semuanya jika tidak ada yang dipilih",
  "Which direction is lost, seen from the node": "Arah yang hilang, dilihat dari node",
  "out: what the node sends": "out: yang dikirim node",
  "in: what is sent to the node": "in: yang dikirim ke node",
  "The path, by its name in the stack, or `client`": "Jalur, dengan namanya dalam stack, atau `client`",
  "Percent of all frames": "Persen dari semua frame",
  "Bytes in a second": "Byte per detik",
  "The delay of frames": "Penundaan frame",
  "More or less by up to this, at random": "Lebih atau kurang hingga sebesar ini, secara acak",
  "The secondary disk": "Disk kedua",
  "What fails": "Yang gagal",
  "all: reading and writing": "all: membaca dan menulis",
  reads: "reads: membaca",
  writes: "writes: menulis",
  "Operations in a second": "Operasi per detik",
  "A folder of the file system, which is not the system's own": "Folder sistem berkas, bukan milik sistem sendiri",

  // The catalogue of the server
  "The power of the node is cut: its memory is gone at once": "Daya node diputus: memorinya langsung hilang",
  "The power of the node is cut, and is back after a while": "Daya node diputus, dan kembali setelah beberapa saat",
  "The node is shut down in order": "Node dimatikan dengan tertib",
  "The kernel of the node crashes, and the machine stays as it is":
    "Kernel node berhenti mendadak, dan mesin tetap seperti adanya",
  "The node is paused, and resumes when it is healed": "Node dijeda, dan berlanjut saat dipulihkan",
  "The node gets only a share of a processor": "Node hanya mendapat sebagian prosesor",
  "The clock of the node is set wrong": "Jam node disetel salah",
  "All processes of a service are killed": "Semua proses sebuah layanan dihentikan paksa",
  "All processes of a service are frozen: its ports stay open and nothing answers":
    "Semua proses sebuah layanan dibekukan: portnya tetap terbuka dan tidak ada yang menjawab",
  "A service is stopped in order": "Sebuah layanan dihentikan dengan tertib",
  "All processes of the cluster manager are killed; what it had started goes on":
    "Semua proses pengelola klaster dihentikan paksa; yang sudah dijalankannya berlanjut",
  "The cluster manager is frozen": "Pengelola klaster dibekukan",
  "The interface of the node loses its carrier, as when a cable is pulled":
    "Antarmuka node kehilangan sinyal, seperti saat kabel dicabut",
  "The interface of the node passes no frames, but its carrier stays, as when a cable is pulled beyond the switch":
    "Antarmuka node tidak meneruskan frame, tetapi sinyalnya tetap ada, seperti saat kabel dicabut di balik switch",
  "The node and the other nodes cannot reach each other; clients reach all of them":
    "Node ini dan node lain tidak dapat saling menjangkau; klien menjangkau semuanya",
  "Between the node and the other nodes one direction is lost; clients reach all of them":
    "Antara node ini dan node lain satu arah hilang; klien menjangkau semuanya",
  "One path between the node and the others is cut, such as that of the heartbeats; or that of its clients":
    "Satu jalur antara node ini dan yang lain diputus, misalnya jalur heartbeat; atau jalur kliennya",
  "A share of all frames is lost at random": "Sebagian frame hilang secara acak",
  "Frames above a rate are dropped, in each direction": "Frame di atas laju tertentu dibuang, pada tiap arah",
  "Frames are delayed, so that each answer takes longer": "Frame ditunda, sehingga tiap jawaban lebih lama",
  "A share of all frames overtakes the others": "Sebagian frame mendahului yang lain",
  "A disk answers with input/output errors": "Sebuah disk menjawab dengan galat baca/tulis",
  "A disk performs only a limited number of operations per second":
    "Sebuah disk hanya melakukan operasi per detik dalam jumlah terbatas",
  "A file system has no room left": "Sebuah sistem berkas sudah penuh",
  "Both sides of a mirrored disk are written apart from each other, and then meet":
    "Kedua sisi disk cermin ditulis terpisah, lalu bertemu",
} as const;
