/**
 * Rooms: all of them as tiles, or one over a day.
 */
import { RoomList } from "../panels/room-list";
import { RoomPage } from "../panels/room-page";
import { route } from "../state/route";
import "../styles/pages/rooms.css";
import { rooms as words } from "../words/pages/rooms";
import { learn } from "../words/speak";

learn(words);

export default function RoomsPage() {
  const { id } = route.value;
  return id === null ? <RoomList /> : <RoomPage key={id} id={id} />;
}
